import { DomainError, type Json } from '#kernel';
import type { provenance } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { ageOf } from '../output/age.js';
import { confirm } from '../output/confirm.js';
import { showOne } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import { bytes, nounOf } from '../output/units.js';
import type { Session } from '../session.js';
import { flag, text, type Action } from '../verb.js';
import { plain } from '../view/plain.js';
import { amountOf, heldText, nameOf } from './retention.js';

type Expired = provenance.DisposeExpiredResponse;
interface Collected {
  readonly garbage: provenance.CollectGarbageResponse;
  /** Runs and versions of datasets whose class has run out, and those of them that are held. */
  readonly expired: readonly Expired[];
}

/** Disposes of what has run out, then removes blobs that no event refers to; asks first, telling how much it would be. */
export const gc: Action = async (session, _args, options) => {
  const { terminal, format, quiet } = session;
  const olderThan = text(options, 'olderThan');
  const age = olderThan === undefined ? {} : { olderThanMs: ageOf(olderThan, '--older-than') };
  const reason = text(options, 'reason') ?? '';
  const dryRun = flag(options, 'dryRun');
  if (!dryRun && reason === '')
    throw new DomainError(
      'invalid',
      'REASON_MISSING',
      'removing needs --reason; --dry-run shows what it would be',
    );
  if (!dryRun && !flag(options, 'yes')) {
    const planned = await collect(session, { dryRun: true, reason, ...age });
    const { disposals } = split(planned);
    if (disposals.length > 0) {
      const size = bytes(disposals.reduce((sum, one) => sum + one.bytes, 0));
      await confirm(session, options, `Dispose of ${numbersOf(disposals)}, ${size}, whose time is over?`);
    }
    if (planned.garbage.blobsRemoved > 0)
      await confirm(session, options, `Remove ${removedText(planned.garbage)} that nothing refers to?`);
  }
  const done = await collect(session, { dryRun, reason, ...age });
  const { garbage } = done;
  const { disposals, held } = split(done);
  const json: Json = plain(
    {
      ...{ dryRun, ...garbage, disposals },
      held: held.map(({ runId, dataset, heldBy }) => ({ runId, dataset, heldBy })),
    },
    { done: undefined },
  );
  if (quiet) garbage.removed.forEach(({ digest }) => terminal.out(digest));
  else
    await showOne(terminal, format, json, () =>
      [
        ...disposals.map(
          (one) => `${dryRun ? 'would dispose' : 'disposed'} of ${nameOf(one)}: ${amountOf(one)}`,
        ),
        ...held.map((one) => `kept ${nameOf(one)}, held by ${one.heldBy.map(heldText).join('; ')}`),
        ...(format === 'wide' ? garbage.removed.map(({ digest }) => digest) : []),
        `${dryRun ? 'would remove' : 'removed'} ${removedText(garbage)}, of ${nounOf(garbage.blobsSeen, 'blob')}`,
      ].join('\n'),
    );
  return exitStatus.success;
};

/** `3 runs and 1 dataset version`. */
function numbersOf(disposals: readonly provenance.Disposal[]): string {
  const datasets = disposals.filter(({ dataset }) => dataset !== '').length;
  const runs = disposals.length - datasets;
  const parts = [
    ...(runs > 0 ? [nounOf(runs, 'run')] : []),
    ...(datasets > 0 ? [nounOf(datasets, 'dataset version')] : []),
  ];
  return parts.join(' and ');
}

const removedText = ({ blobsRemoved, bytesRemoved }: provenance.CollectGarbageResponse): string =>
  `${nounOf(blobsRemoved, 'blob')}, ${bytes(bytesRemoved)}`;

const split = ({ expired }: Collected) => ({
  disposals: expired.flatMap(({ disposal }) => disposal ?? []),
  held: expired.filter(({ heldBy }) => heldBy.length > 0),
});

async function collect(session: Session, request: provenance.CollectGarbageRequest): Promise<Collected> {
  const { dryRun, reason } = request;
  const expired = await disposeExpired(session, { dryRun, reason });
  return { expired, garbage: await collectGarbage(session, request) };
}

async function disposeExpired(
  { terminal, clock, connection }: Session,
  request: provenance.DisposeExpiredRequest,
): Promise<readonly Expired[]> {
  const { provenance } = await connection();
  const label = request.dryRun ? 'looking for what has run out' : 'disposing';
  const progress = openProgress(terminal, clock, label, 'runs');
  const found: Expired[] = [];
  try {
    for await (const message of provenance.disposeExpired(request, commandKey())) {
      if (message.done) return found;
      found.push(message);
      progress.update(found.length);
    }
  } finally {
    progress.end();
  }
  throw new Error('the server ended before it was done');
}

async function collectGarbage(
  { terminal, clock, connection }: Session,
  request: provenance.CollectGarbageRequest,
): Promise<provenance.CollectGarbageResponse> {
  const { provenance } = await connection();
  const label = request.dryRun ? 'looking for garbage' : 'removing';
  const progress = openProgress(terminal, clock, label, 'blobs');
  const removed: provenance.CollectGarbageResponse['removed'] = [];
  try {
    for await (const message of provenance.collectGarbage(request, commandKey())) {
      progress.update(message.blobsSeen);
      removed.push(...message.removed);
      if (message.done) return { ...message, removed };
    }
  } finally {
    progress.end();
  }
  throw new Error('the server ended before it was done');
}
