import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from '#disk';
import { DomainError } from '#kernel';
import { verifyLogProof } from '#evidence';
import type { auditor } from '#contracts';
import { policyOf, watchLog } from '../audit-log/watch-log.js';
import { exitStatus } from '../exit-status.js';
import { showList } from '../output/format.js';
import { wholeNumber } from '../output/pages.js';
import { printable } from '../output/terminal.js';
import { text, texts, type Action } from '../verb.js';
import { unknownTypes } from './known-events.js';

type Proven = auditor.ProveEventsResponse;

/** Proofs from the server, none of them believed: each is verified with the leaf and the keys. */
export const auditProve: Action = async (session, [subject = ''], options) => {
  const index = text(options, 'index') === undefined ? undefined : wholeNumber(options, 'index', 0, 0);
  if ((subject === '') === (index === undefined))
    throw new DomainError(
      'invalid',
      'OPTION_INVALID',
      'say what is to be proven: a subject or --index, one of them',
    );
  unknownTypes(options).forEach((said) => session.terminal.note(printable(said)));
  const folder = text(options, 'out');
  if (folder === '' || folder === '-') throw noFolder(folder, 'names no folder');
  if (folder !== undefined)
    try {
      makeFolders(folder);
    } catch (error) {
      throw noFolder(folder, (error as Error).message.replace(/,.*/s, ''));
    }
  const { auditor } = await session.connection();
  const request = {
    namespace: session.namespaceFor(subject),
    subject,
    types: [...texts(options, 'type')],
    index,
  };
  const policy = await policyOf(options);
  const proven = await Array.fromAsync(auditor.proveEvents(request));
  const log = await watchLog(session, policy);
  for (const { leaf, proof, index: at, eventId } of proven) {
    const found = verifyLogProof(proof, leaf, log.policy);
    if (found.index !== at)
      throw new DomainError('integrity', 'PROOF_WRONG', `the proof of ${eventId} is for another place`);
  }
  if (folder !== undefined) await write(folder, proven);
  await showList(
    session.terminal,
    session.format,
    proven,
    {
      columns: [
        { title: 'INDEX', value: (row) => String(row.index), align: 'right' },
        { title: 'EVENT', value: (row) => row.eventId },
        { title: 'TYPE', value: (row) => row.type },
        { title: 'STREAM', value: (row) => `${row.stream}@${row.revision}` },
      ],
      json: ({ leaf, ...row }) => ({ ...row, leaf: Buffer.from(leaf).toString() }),
      id: ({ eventId }) => eventId,
      empty: 'nothing to prove',
    },
    session.quiet,
  );
  session.terminal.note(
    `proven by the checkpoint of ${log.checkpoint.origin}${folder === undefined ? '' : `; written to ${folder}`}`,
  );
  return exitStatus.success;
};

const noFolder = (folder: string, why: string): DomainError =>
  new DomainError('invalid', 'OUT_INVALID', `--out '${folder}' ${why}`);

const plainName = /^[0-9a-f-]{36}$/;

async function write(folder: string, proven: readonly Proven[]): Promise<void> {
  for (const { eventId, leaf, proof } of proven) {
    // A name that comes from the server must not lead anywhere else.
    if (!plainName.test(eventId)) throw new DomainError('integrity', 'PROOF_WRONG', 'an event id is none');
    await writeFile(join(folder, `${eventId}.leaf`), leaf);
    await writeFile(join(folder, `${eventId}.tlog-proof`), proof);
  }
}
