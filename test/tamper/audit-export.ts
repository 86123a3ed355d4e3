import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatVerifierKey, parseVerifierKeys, signEnvelope, signRotation, type Signer } from '#evidence';
import { names, verifyExport, writeExport } from '#export-file';
import { newSigner, sampleContents, sampleEvents, sampleExport, sampleStream } from '#export-file/testing';
import type { Json } from '#kernel';
import type { Outcome, Specimen, Subject } from './subject.js';

const file = 'trail.zip';
const events = sampleEvents(24);
const asked = { filter: { runs: ['a'] }, streams: new Set([sampleStream(0)]) };

/** An export by somebody who leaves events out, or changes them, and lists what is left as if it were all. */
async function forged(signer: Signer, change: (all: typeof events) => typeof events): Promise<Buffer> {
  const contents = await sampleContents({ events, signer, ...asked });
  const other = await sampleContents({ events: change(events), signer, ...asked });
  const about = { ...other.about, log: { ...other.about.log, origin: contents.about.log.origin } };
  return Buffer.concat(
    await Array.fromAsync(writeExport({ ...other, about, checkpoint: contents.checkpoint })),
  );
}

async function open(folder: string): Promise<Specimen> {
  mkdirSync(folder, { recursive: true });
  const signer = newSigner();
  const stranger = { ...newSigner(), keyName: signer.keyName };
  const keys = parseVerifierKeys(formatVerifierKey(signer.keyName, signer.publicKey));
  // Its log has gone over to another key; whoever verifies has the one before.
  const next = newSigner();
  const rotation = await signRotation(signer, next, 20);
  const rotated = async (by: Signer, ...rotations: readonly string[]) => {
    const { about, ...contents } = await sampleContents({ events, signer: by, ...asked });
    return Buffer.concat(await Array.fromAsync(writeExport({ ...contents, about: { ...about, rotations } })));
  };
  writeFileSync(join(folder, file), await rotated(next, rotation));

  async function verify(copy: string): Promise<Outcome> {
    const { problems, ...told } = await verifyExport(join(copy, file), { keys });
    if (problems.length > 0) return { refused: problems.map(({ code }) => code) };
    return { told: JSON.parse(JSON.stringify(told)) as Json };
  }
  const put = (copy: string, bytes: Uint8Array) => writeFileSync(join(copy, file), bytes);
  const resigned = async (copy: string, by: Signer, payloadType: string) => {
    const zip = readFileSync(join(copy, file));
    const at = zip.indexOf('{\n  "payloadType"');
    const text = zip.subarray(at, zip.indexOf('\n}\n', at) + 3).toString();
    const payload = Buffer.from((JSON.parse(text) as { payload: string }).payload, 'base64');
    const envelope = `${JSON.stringify(await signEnvelope(payloadType, payload, [by]), null, 2)}\n`;
    // Of the same length where type and name are: then only the bytes of the signature, and the checksum, are others.
    put(copy, Buffer.concat([zip.subarray(0, at), Buffer.from(envelope), zip.subarray(at + text.length)]));
  };
  return {
    folder,
    parts: [file],
    zips: true,
    verify,
    tricks: {
      'made by somebody with another key of the same name': async (copy) =>
        put(copy, await sampleExport({ events, signer: stranger, ...asked })),
      'by a stranger to whom his own key has handed over': async (copy) =>
        put(copy, await rotated(stranger, await signRotation(newSigner(), stranger, 20))),
      'by a stranger beside the next key': async (copy) =>
        put(copy, await rotated(stranger, rotation, await signRotation(signer, stranger, 20))),
      'by the key before, which another has followed': async (copy) =>
        put(copy, await rotated(signer, rotation)),
      'signed again with another key': (copy) =>
        resigned(copy, stranger, 'application/vnd.holdfast.audit-export+json'),
      'signed by the right key as something else': (copy) =>
        resigned(copy, signer, 'application/vnd.in-toto+json'),
      'leaves an event out, signed with the right key': async (copy) =>
        put(copy, await forged(signer, (all) => all.filter((_, i) => i !== 7))),
      'exchanges two events, signed with the right key': async (copy) =>
        put(
          copy,
          await forged(signer, (all) => [...all.slice(0, 4), ...all.slice(4, 6).reverse(), ...all.slice(6)]),
        ),
      'with an older checkpoint, signed with the right key': async (copy) => {
        const contents = await sampleContents({ events, signer, ...asked });
        const { checkpoint } = await sampleContents({ events: events.slice(0, 10), signer });
        put(copy, Buffer.concat(await Array.fromAsync(writeExport({ ...contents, checkpoint }))));
      },
      'cut off': (copy) => put(copy, readFileSync(join(copy, file)).subarray(0, -1)),
      extended: (copy) => put(copy, Buffer.concat([readFileSync(join(copy, file)), Buffer.from('\n')])),
      'behind something else': (copy) =>
        put(copy, Buffer.concat([Buffer.from('#!/bin/sh\n'), readFileSync(join(copy, file))])),
      'a name that leads outside': (copy) =>
        put(
          copy,
          Buffer.from(
            readFileSync(join(copy, file))
              .toString('latin1')
              .replaceAll(names.leaves, '../../x.jsonl'.slice(0, names.leaves.length)),
            'latin1',
          ),
        ),
      'one member twice': (copy) =>
        put(
          copy,
          Buffer.from(
            readFileSync(join(copy, file)).toString('latin1').replaceAll(names.leaves, names.events),
            'latin1',
          ),
        ),
      'a gigantic count': (copy) => {
        const zip = readFileSync(join(copy, file));
        zip.fill(0xff, zip.length - 14, zip.length - 2);
        put(copy, zip);
      },
    },
  };
}

/** The one file of `audit export`. */
export const auditExport: Subject = { name: 'audit export', open, runs: 60, harmless: () => undefined };
