import { describe, expect, it } from '@jest/globals';
import { auditor } from '#contracts';
import { auditorService } from './chunk-messages.js';

const generated = auditor.AuditorService.exportAudit;
const ours = auditorService.exportAudit;
const summary = { manifestDigest: 'sha256:00', events: 3, others: 1, logSize: 4, keyName: 'k' };

describe('messages of chunks', () => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 300_000])(
    'of %d bytes are those of the generated code',
    (size) => {
      for (const more of [{}, { summary }]) {
        const message = { chunk: Buffer.alloc(size, 7), ...more };
        const bytes = ours.responseSerialize(message);
        expect(bytes.equals(generated.responseSerialize(message))).toBe(true);
        expect(ours.responseDeserialize(bytes)).toEqual(generated.responseDeserialize(bytes));
      }
    },
  );

  it('are left to the generated code when they are none', () => {
    const odd = [
      ...['0a', '0a05', '0a0501', '0a01ff0a01ee', '0a8000', '0affffffffff7f', '1200'].map((hex) =>
        Buffer.from(hex, 'hex'),
      ),
      Buffer.concat([ours.responseSerialize({ chunk: Buffer.alloc(9) }), Buffer.from('f80101', 'hex')]),
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
