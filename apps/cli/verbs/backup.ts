import { DomainError, isDomainError, type JsonObject } from '#kernel';
import { parseVerifierKey, type VerifierKey } from '#evidence';
import { verifyLog, type Finding, type Report } from '#verification';
import {
  assertEmbedded,
  assertEmpty,
  blobsIn,
  checkpointIn,
  copyInstallation,
  hasArtifacts,
  keptApart,
  keysOf,
  openBackupFolder,
  placesIn,
  readRecord,
  writeRecord,
  type BackupRecord,
  type Blobs,
} from '../backup/installation.js';
import { diskFault } from '../disk-fault.js';
import { readSeen, seenFile } from '../audit-log/seen-checkpoint.js';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { openProgress, openStatusLine } from '../output/progress.js';
import { facts } from '../output/table.js';
import { printable } from '../output/terminal.js';
import { bytes, nounOf } from '../output/units.js';
import { readKeys } from '../read-keys.js';
import type { Session } from '../session.js';
import { stateDirOf } from '../settings.js';
import { texts, type Action } from '../verb.js';

/** Copies an embedded installation while it runs, and proves the copy by its log. Exit status 5 when that does not hold. */
export const backup: Action = aboutDisks(async (session, [folder = '']) => {
  const { dataDir, clock, env } = session;
  assertNamed(folder);
  await assertEmbedded(dataDir);
  const { auditor } = await session.connection();
  const { keys, origin: served } = await auditor.getSigningKeys({}, { repeatable: true });
  const { size: servedSize } = await auditor.getCheckpoint({}, { repeatable: true });
  const { origin, size } = await checkpointIn(dataDir);
  if (served !== origin) throw otherServer(dataDir, served);
  if (size < servedSize) throw logElsewhere(dataDir, size, servedSize);
  await openBackupFolder(folder, dataDir, origin);
  const left = await copied(session, dataDir, folder);
  const checked = await check(
    session,
    folder,
    keys.map(({ key }) => parseVerifierKey(key)),
  );
  const { logSize, root } = checked.report;
  const record = { format: 'holdfast-backup', v: 1, madeAt: clock.now(), origin, logSize, root } as const;
  const { count, damaged } = await blobsIn(folder);
  const small = [...left.map(leftBehind), ...damaged.map(uncounted)];
  const lost = [...checked.findings.filter((finding) => !isUnsigned(finding)).map(worded), ...small];
  const elsewhere = env['HOLDFAST_ARTIFACT_STORE'] !== undefined || !(await hasArtifacts(dataDir));
  const notIn = elsewhere ? ['artifacts, which lie elsewhere; back up that place too'] : [];
  const blobs = { blobs: count, lost, notIn };
  await writeRecord(folder, { ...record, ...blobs, keys: keys.map(({ key }) => key) });
  const whole = checked.report.intact && small.length === 0;
  const apart = await keptApart(dataDir);
  return told(session, folder, { ...checked, whole }, [
    ...small.map(asLost),
    ...notIn.map(asNotIn),
    ...(apart.length === 0 ? [] : [`not in it, to be kept apart: ${apart.join(', ')}`]),
    ...(whole ? [] : ['what is damaged here only goes when the folder is removed and the backup made again']),
  ]);
});

/** @throws FOLDER_UNUSABLE */
function assertNamed(folder: string): void {
  if (folder === '') throw new DomainError('rule', 'FOLDER_UNUSABLE', `'' names no folder`);
}

const otherServer = (dataDir: string, served: string): DomainError =>
  new DomainError(
    'rule',
    'OTHER_SERVER',
    `the server that answers is of ${served}, ${dataDir} of another log; name the right --server`,
  );

const logElsewhere = (dataDir: string, size: number, servedSize: number): DomainError =>
  new DomainError(
    'rule',
    'LOG_ELSEWHERE',
    `the log in ${dataDir} has ${size} entries, the one that is served ${servedSize}: it lies elsewhere (HOLDFAST_AUDIT_LOG); see infra/operations.md`,
  );

/** Makes an installation of a backup in a new data folder, and says what it proves and what of it is lost. */
export const restore: Action = aboutDisks(async (session, [folder = ''], options) => {
  const { dataDir } = session;
  assertNamed(folder);
  await assertEmbedded(folder);
  await assertEmpty(dataDir);
  const record = await readRecord(folder);
  const given = await readKeys('--key', texts(options, 'key'));
  const left = await copied(session, folder, dataDir);
  const seen = await lastSeen(session, dataDir, record);
  const own = record === undefined ? seen.keys : keysOf(record);
  const checked = await check(session, dataDir, given.length > 0 ? given : own, seen.notes);
  const unsigned = checked.findings.some(isUnsigned);
  const blobs = await blobsIn(dataDir);
  const damaged = [...left.map(leftBehind), ...blobs.damaged.map(uncounted)].map(asLost);
  const again = new Set(checked.findings.map(worded));
  const before = record?.lost.filter((what) => !again.has(what)) ?? [];
  const lost = record === undefined ? [] : lostOf(record, checked.report, blobs, unsigned);
  const whole =
    checked.report.intact && record !== undefined && damaged.length + before.length + lost.length === 0;
  return told(session, dataDir, { ...checked, whole }, [
    ...seen.newer,
    ...damaged,
    ...before.map((what) => asLost(printable(`when it was made on ${record?.madeAt}, ${what}`))),
    ...(record === undefined ? ['the backup was not finished: nothing says what it should hold'] : lost),
    ...(record?.notIn.map((what) => asNotIn(printable(what))) ?? []),
    ...(unsigned ? ['the key to give is what `holdfast audit key` printed where the backup was made'] : []),
    ...(whole ? [`all that it held on ${record?.madeAt}`] : []),
    ...(whole && given.length === 0
      ? ['held against the keys that the backup names itself: `--key` proves it against whoever made it']
      : []),
    'put the keys back before it is started; `holdfast scrub` reads every artifact again',
  ]);
});

/** What the disk says is told as it is, and not as a fault of ours. */
function aboutDisks(action: Action): Action {
  return (...args) =>
    action(...args).catch((error: unknown) => {
      throw diskFault(error);
    });
}

interface LastSeen {
  readonly notes: readonly string[];
  readonly keys: readonly VerifierKey[];
  /** What is to be said of it. */
  readonly newer: readonly string[];
}

/** What this user saw of the log last: an older backup is restored all the same, and what came after it is lost. */
async function lastSeen({ env }: Session, folder: string, record?: BackupRecord): Promise<LastSeen> {
  const nothing = { notes: [], keys: [], newer: [] };
  // What is wrong with a checkpoint the verification says.
  const found = await checkpointIn(folder).catch(() => undefined);
  const origin = found?.origin ?? record?.origin;
  if (origin === undefined) return nothing;
  try {
    const seen = readSeen(seenFile(stateDirOf(env), origin));
    if (seen === undefined) return nothing;
    const { keys, note, checkpoint } = seen;
    if (found === undefined || checkpoint.size <= found.size) return { notes: [note], keys, newer: [] };
    const newer = `LOST: the log had ${checkpoint.size} entries when it was seen here last, the backup has ${found.size}`;
    return { notes: [], keys, newer: [newer] };
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return { ...nothing, newer: [error.message] };
  }
}

const asLost = (what: string): string => `LOST: ${what}`;
const asNotIn = (what: string): string => `NOT in it: ${what}`;

/** A pack that is gone, or no database any more. */
const leftBehind = (why: string): string => `the small artifacts of ${why}`;
const uncounted = (why: string): string =>
  `some of the small artifacts of ${why}; \`holdfast scrub\` says which`;

function lostOf(
  record: BackupRecord,
  { logSize, root }: Report,
  { count, damaged }: Blobs,
  unsigned: boolean,
): readonly string[] {
  const { madeAt } = record;
  return [
    ...(unsigned || (record.logSize === logSize && record.root === root)
      ? []
      : [`LOST: the log had ${record.logSize} entries with root ${record.root} on ${madeAt}`]),
    ...(count >= record.blobs || damaged.length > 0
      ? []
      : [
          `LOST: ${record.blobs - count} of ${nounOf(record.blobs, 'artifact')} that were there on ${madeAt}`,
        ]),
  ];
}

/** @returns what is damaged, and was left behind */
async function copied(
  { terminal, clock, signal }: Session,
  from: string,
  to: string,
): Promise<readonly string[]> {
  const status = openStatusLine(terminal, clock);
  const told = (what: string, count: number) => status.show(`${what}: ${bytes(count)} copied`);
  try {
    return await copyInstallation(from, to, { signal, told });
  } finally {
    status.end();
  }
}

interface Checked {
  readonly report: Report;
  readonly findings: readonly Finding[];
  readonly whole?: boolean;
}

/** Reads the copy again, by code that shares none with what wrote it. */
async function check(
  { terminal, clock, signal }: Session,
  folder: string,
  keys: readonly VerifierKey[],
  seen: readonly string[] = [],
): Promise<Checked> {
  const progress = openProgress(terminal, clock, 'verifying the copy', 'events');
  const findings: Finding[] = [];
  try {
    for await (const part of verifyLog({ ...placesIn(folder), policy: { keys }, seen, signal })) {
      if ('progress' in part) progress.update(part.progress.events, part.progress.total);
      else if ('finding' in part) findings.push(part.finding);
      else return { report: part.report, findings };
    }
  } finally {
    progress.end();
  }
  throw new Error('the verification ended before it was done');
}

/** Under another key than it was signed with a log is not lost, only not known. */
const isUnsigned = ({ code }: Finding): boolean => code === 'SIGNATURE_WRONG';

function worded({ code, index, stream, revision, file, message }: Finding): string {
  const where = file ?? (revision === undefined ? stream : `${stream}@${revision}`);
  return printable(`${code} ${index ?? ''} ${where ?? ''} ${message}`.replaceAll(/ +/g, ' '));
}
const findingText = (finding: Finding): string =>
  isUnsigned(finding) ? worded(finding) : asLost(worded(finding));

async function told(session: Session, folder: string, checked: Checked, also: readonly string[]) {
  const { terminal, format, quiet } = session;
  const { report, findings, whole = report.intact } = checked;
  const { events, logSize, root } = report;
  if (quiet) terminal.out(root);
  else
    await showOne(
      terminal,
      format,
      { folder, whole, ...report, findings, also } as unknown as JsonObject,
      () =>
        [
          `${folder}: ${whole ? 'holds' : 'does not hold'}`,
          facts([
            ['events', `${events}, ${report.notInLog} newer than the log`],
            ['log', `${logSize} entries, root ${root}`],
          ]),
          ...new Set(findings.map(findingText)),
          ...(report.findings > findings.length
            ? [`and ${nounOf(report.findings - findings.length, 'finding')} more`]
            : []),
          ...also,
        ].join('\n'),
    );
  return whole ? exitStatus.success : exitStatus.verification;
}
