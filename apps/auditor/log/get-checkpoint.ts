import type { auditor as proto } from '#contracts';
import { formatVerifierKey, parseVerifierKey, publicKeyPem } from '#evidence';
import type { CallContext } from '#platform';
import type { Auditor } from '../auditor.js';
import { newestIndex } from '../history/as-of.js';
import { readAnnouncements } from './own-checkpoint.js';

/** With a position that was seen, a checkpoint that covers it. @throws LOG_EMPTY, CHECKPOINT_NOT_FOUND, NOT_LOGGED_YET, LOG_STOPPED */
export async function getCheckpoint(
  { log, runtime, views }: Auditor,
  { size }: proto.GetCheckpointRequest,
  { minPosition, deadlineMs, signal }: CallContext,
): Promise<proto.GetCheckpointResponse> {
  if (minPosition !== undefined && minPosition !== '') {
    await runtime.reached({ minPosition, deadlineMs, signal, projections: ['history'] });
    await log.covers((await newestIndex(views.history)) + 1, { deadlineMs, signal });
  }
  const { note, checkpoint } = await log.checkpoint(size);
  return {
    checkpoint: note,
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: Buffer.from(checkpoint.root),
  };
}

/** Makes the key when there is none yet. @throws SIGNING_KEY_INVALID, SIGNER_FAILED */
export async function getSigningKeys({ log }: Pick<Auditor, 'log'>): Promise<proto.GetSigningKeysResponse> {
  const { keyName, publicKey } = await log.signer();
  const key = formatVerifierKey(keyName, publicKey);
  const witnesses = log.witnesses.map(({ key: { name = '', publicKey: of } }) =>
    formatVerifierKey(name, of, 'cosignature'),
  );
  const announcements = await readAnnouncements(await log.tiles());
  const announced = announcements.map((announcement) => {
    const [, before = '', next = ''] = announcement.split('\n');
    return { before, next, announcement };
  });
  const all = [...new Set([...announced.flatMap(({ before, next }) => [before, next]), key])];
  return {
    origin: keyName,
    keys: all.map((each) => ({
      key: each,
      pem: publicKeyPem(parseVerifierKey(each).publicKey),
      current: each === key,
      announcement: announced.find(({ next }) => next === each)?.announcement,
    })),
    witnesses,
  };
}
