import type { provenance } from '#contracts';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import { table, type Column } from '../output/table.js';
import { bytes, nounOf } from '../output/units.js';
import { plain } from '../view/plain.js';
import type { Action } from '../verb.js';

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

/** Hashes every blob anew; exit status 5 when one is not what its digest says, not there, or there though it was disposed of. */
export const scrub: Action = async (session) => {
  const { terminal, clock, format, quiet } = session;
  const { provenance } = await session.connection();
  const progress = openProgress(terminal, clock, 'hashing every blob', 'blobs');
  const corrupt = new Set<string>();
  const missing = new Set<string>();
  const restored = new Set<string>();
  let last: provenance.ScrubResponse | undefined;
  try {
    for await (const message of provenance.scrub({})) {
      progress.update(message.blobsDone, message.blobsTotal);
      message.corrupt.forEach((digest) => corrupt.add(digest));
      message.missing.forEach((digest) => missing.add(digest));
      message.restored.forEach((digest) => restored.add(digest));
      last = message;
    }
  } finally {
    progress.end();
  }
  if (last?.done !== true) throw new Error('the server ended before it was done');
  const { blobsDone, bytesDone } = last;
  const bad = [...corrupt].map((digest) => `corrupt  ${digest}`);
  const gone = [...missing].map((digest) => `missing  ${digest}`);
  const back = [...restored].map((digest) => `restored ${digest}`);
  const found = bad.length + gone.length + back.length;
  if (quiet) [...corrupt, ...missing, ...restored].forEach((digest) => terminal.out(digest));
  else {
    const lists = { corrupt: [...corrupt], missing: [...missing], restored: [...restored] };
    const json = { blobsDone, bytesDone, ...lists };
    await showOne(terminal, format, json, () => {
      const verdict = found === 0 ? 'all of them hold' : `${found} do not hold`;
      const hints = [
        ...(bad.length + gone.length === 0 ? [] : ['an upload of the same bytes heals a blob']),
        ...(back.length === 0
          ? []
          : ['what was restored has a tombstone: `holdfast dispose` of its run removes it again']),
      ];
      const summary = `${nounOf(blobsDone, 'blob')}, ${bytes(bytesDone)}: ${verdict}`;
      return [...bad, ...gone, ...back, summary, ...hints].join('\n');
    });
  }
  return found === 0 ? exitStatus.success : exitStatus.verification;
};
