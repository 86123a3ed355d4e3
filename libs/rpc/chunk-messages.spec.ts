import { describe, expect, it } from '@jest/globals';
import { auditor, provenance } from '#contracts';
import { auditorService, chunkOf, provenanceService } from './chunk-messages.js';

const { exportAudit } = auditor.AuditorService;
const { exportBundle, getBlob } = provenance.ProvenanceService;
const summary = { manifestDigest: 'sha256:00', events: 3, others: 1, logSize: 4, keyName: 'k' };

interface Chunks {
  readonly responseSerialize: (message: never) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

describe.each<[string, field: string, ours: Chunks, generated: Chunks, more: object]>([
  ['ExportAudit', 'chunk', auditorService.exportAudit, exportAudit, { summary }],
  ['ExportBundle', 'data', provenanceService.exportBundle, exportBundle, { totalBytes: 7, noProofs: 'none' }],
  ['GetBlob', 'data', provenanceService.getBlob, getBlob, { totalBytes: 7 }],
])('messages of chunks of %s', (_, field, ours, generated, other) => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 300_000])(
    'of %d bytes are those of the generated code',
    (size) => {
      for (const more of [{}, other, { totalBytes: undefined }]) {
        const message = { [field]: Buffer.alloc(size, 7), ...more } as never;
        const bytes = ours.responseSerialize(message);
        expect(bytes.equals(generated.responseSerialize(message))).toBe(true);
        expect(ours.responseDeserialize(bytes)).toEqual(generated.responseDeserialize(bytes));
      }
    },
  );

  it('are the same where the chunk was copied into its message before', () => {
    const bytes = Buffer.alloc(300, 7);
    const chunk = chunkOf(bytes);
    bytes.fill(8);
    expect(chunk.equals(Buffer.alloc(300, 7))).toBe(true);
    for (const more of [{}, other]) {
      const message = { [field]: chunk, ...more } as never;
      expect(ours.responseSerialize(message).equals(generated.responseSerialize(message))).toBe(true);
    }
  });

  it('are left to the generated code when they are none', () => {
    const odd = [
      ...['0a', '0a05', '0a0501', '0a01ff0a01ee', '0a8000', '0affffffffff7f', '1200'].map((hex) =>
        Buffer.from(hex, 'hex'),
      ),
      Buffer.concat([
        ours.responseSerialize({ [field]: Buffer.alloc(9) } as never),
        Buffer.from('f80101', 'hex'),
      ]),
    ];
    const outcome = (read: () => unknown) => {
      try {
        return read();
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const bytes of odd)
      expect(outcome(() => ours.responseDeserialize(bytes))).toEqual(
        outcome(() => generated.responseDeserialize(bytes)),
      );
  });
});
