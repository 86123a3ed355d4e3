import { DomainError, type Json } from '#kernel';
import type { provenance } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { confirm } from '../output/confirm.js';
import { showOne } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import { table, type Column } from '../output/table.js';
import { bytes, nounOf } from '../output/units.js';
import { ageOf } from '../output/age.js';
import { plain } from '../view/plain.js';
import type { Session } from '../session.js';
import { flag, text, type Action } from '../verb.js';

/** Who holds how much of the artifact store, the largest first. */
export const du: Action = async (session) => {
  const { terminal, format, quiet, namespace } = session;
  const { provenance } = await session.connection();
  const usage = await provenance.getUsage({ namespace }, { repeatable: true });
  const owners = usage.owners.toSorted((a, b) => b.bytes - a.bytes);
  if (quiet) owners.forEach(({ owner }) => terminal.out(owner));
  else
    await showOne(terminal, format, plain({ ...usage, owners }), () => {
      const { totalBytes, totalBlobs, unreferencedBytes, unreferencedBlobs } = usage;
      const total = `${bytes(totalBytes)} in ${nounOf(totalBlobs, 'blob')}`;
      const free =
        unreferencedBlobs === 0
          ? 'nothing unreferenced'
          : `${bytes(unreferencedBytes)} in ${nounOf(unreferencedBlobs, 'blob')} that nothing refers to (\`holdfast gc --dry-run\`)`;
      const rows = owners.length === 0 ? [] : [table(owners, usageColumns, format === 'wide')];
      return [...rows, `${total}; ${free}`].join('\n');
    });
  return exitStatus.success;
};

const usageColumns: readonly Column<provenance.Usage>[] = [
  { title: 'owner', value: ({ owner, name }) => name || owner },
  { title: 'size', align: 'right', value: (usage) => bytes(usage.bytes) },
  { title: 'its alone', align: 'right', value: ({ exclusiveBytes }) => bytes(exclusiveBytes) },
  { title: 'blobs', align: 'right', value: ({ blobs }) => blobs },
  { title: 'stream', wide: true, value: ({ owner }) => owner },
];

/** Removes blobs that no event refers to; asks first, telling how much it would be. */
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
    if (planned.blobsRemoved > 0)
      await confirm(session, options, `Remove ${amountOf(planned)} that nothing refers to?`);
  }
  const done = await collect(session, { dryRun, reason, ...age });
  const json: Json = plain({ dryRun, ...done }, { done: undefined });
  if (quiet) done.removed.forEach(({ digest }) => terminal.out(digest));
  else
    await showOne(terminal, format, json, () => {
      const listed = format === 'wide' ? done.removed.map(({ digest }) => `${digest}\n`).join('') : '';
      const seen = `of ${nounOf(done.blobsSeen, 'blob')}`;
      return `${listed}${dryRun ? 'would remove' : 'removed'} ${amountOf(done)}, ${seen}`;
    });
  return exitStatus.success;
};

const amountOf = ({ blobsRemoved, bytesRemoved }: provenance.CollectGarbageResponse): string =>
  `${nounOf(blobsRemoved, 'blob')}, ${bytes(bytesRemoved)}`;

async function collect(
  { terminal, clock, connection }: Session,
  request: provenance.CollectGarbageRequest,
): Promise<provenance.CollectGarbageResponse> {
  const { provenance } = await connection();
  const progress = openProgress(
    terminal,
    clock,
    request.dryRun ? 'looking for garbage' : 'removing',
    'blobs',
  );
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

/** Hashes every blob anew; exit status 5 when one is not what its digest says, or not there. */
export const scrub: Action = async (session) => {
  const { terminal, clock, format, quiet } = session;
  const { provenance } = await session.connection();
  const progress = openProgress(terminal, clock, 'hashing every blob', 'blobs');
  const corrupt = new Set<string>();
  const missing = new Set<string>();
  let last: provenance.ScrubResponse | undefined;
  try {
    for await (const message of provenance.scrub({})) {
      progress.update(message.blobsDone, message.blobsTotal);
      message.corrupt.forEach((digest) => corrupt.add(digest));
      message.missing.forEach((digest) => missing.add(digest));
      last = message;
    }
  } finally {
    progress.end();
  }
  if (last?.done !== true) throw new Error('the server ended before it was done');
  const { blobsDone, bytesDone } = last;
  const bad = [...corrupt].map((digest) => `corrupt  ${digest}`);
  const gone = [...missing].map((digest) => `missing  ${digest}`);
  if (quiet) [...corrupt, ...missing].forEach((digest) => terminal.out(digest));
  else {
    const json = { blobsDone, bytesDone, corrupt: [...corrupt], missing: [...missing] };
    await showOne(terminal, format, json, () => {
      const found = bad.length + gone.length;
      const verdict = found === 0 ? 'all of them hold' : `${found} do not hold`;
      const hint = found === 0 ? [] : ['an upload of the same bytes heals a blob'];
      return [...bad, ...gone, `${nounOf(blobsDone, 'blob')}, ${bytes(bytesDone)}: ${verdict}`, ...hint].join(
        '\n',
      );
    });
  }
  return bad.length + gone.length === 0 ? exitStatus.success : exitStatus.verification;
};
