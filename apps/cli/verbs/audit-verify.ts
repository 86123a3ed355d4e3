import { isDomainError } from '#kernel';
import { formatVerifierKey, parseCheckpoint, publicKeyPem, type VerifierKey } from '#evidence';
import type { auditor } from '#contracts';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import { facts, table, type Column } from '../output/table.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { duration, nounOf } from '../output/units.js';
import { readSeen, seenFile } from '../audit-log/seen-checkpoint.js';
import { policyOf, watchLog } from '../audit-log/watch-log.js';
import type { Session } from '../session.js';
import { stateDirOf } from '../settings.js';
import type { Action } from '../verb.js';
import { plain } from '../view/plain.js';

type Finding = auditor.VerificationFinding;
type Report = auditor.VerificationReport;

/** Exit status 5 when the event store is not what the log says. */
export const auditVerify: Action = async (session, _args, options) => {
  const { terminal, format, quiet } = session;
  const { keys, witnesses = [], witnessesNeeded = 0 } = await policyOf(options);
  const { findings, report } = await verified(session, {
    ...{ keys: keys.map(asText), witnessKeys: witnesses.map(asText), witnesses: witnessesNeeded },
    seen: await lastSeen(session),
  });
  // What the server says of its log is held against what was seen before by ourselves, and remembered.
  if (report.intact && report.logSize > 0) await watchLog(session, { keys });
  if (quiet) findings.forEach(({ code }) => terminal.out(code));
  else
    await showOne(terminal, format, plain({ ...report, findings: findings.map((one) => plain(one)) }), () =>
      reportText(terminal, report, findings, format === 'wide'),
    );
  return report.intact ? exitStatus.success : exitStatus.verification;
};

/** What this user saw of the log last: it must hold that still. */
async function lastSeen({ env, connection }: Session): Promise<string[]> {
  const { auditor } = await connection();
  try {
    const { checkpoint } = await auditor.getCheckpoint({}, { repeatable: true });
    const seen = readSeen(seenFile(stateDirOf(env), parseCheckpoint(checkpoint).origin));
    return seen === undefined ? [] : [seen.note];
  } catch (error) {
    // The verification itself says what is wrong with the checkpoint.
    if (isDomainError(error) && error.kind !== 'unavailable') return [];
    throw error;
  }
}

const asText = ({ name, publicKey, algorithm }: VerifierKey): string =>
  name === undefined ? publicKeyPem(publicKey) : formatVerifierKey(name, publicKey, algorithm);

async function verified({ terminal, clock, signal, connection }: Session, request: auditor.VerifyLogRequest) {
  const { auditor } = await connection();
  const progress = openProgress(terminal, clock, 'verifying the log', 'events');
  const findings: Finding[] = [];
  try {
    for await (const { part } of auditor.verifyLog(request, { signal })) {
      if (part?.$case === 'progress') progress.update(part.value.events, part.value.total);
      else if (part?.$case === 'finding') findings.push(part.value);
      else if (part?.$case === 'report') return { findings, report: part.value };
    }
  } finally {
    progress.end();
  }
  throw new Error('the server ended before it was done');
}

function reportText(terminal: Terminal, report: Report, findings: readonly Finding[], wide: boolean): string {
  const verdict = report.intact
    ? paint(terminal, 'green', 'the event store is what the log says')
    : paint(terminal, 'red', `it does not hold: ${nounOf(report.findings, 'finding')}`);
  const newer = report.notInLog === 0 ? '' : `, ${report.notInLog} newer than the log`;
  const about = facts([
    ['events', `${report.events}${newer}`],
    ['log', `${report.logSize} entries, root ${report.root}`],
    ['signed by', report.signedBy.join(', ') || 'nobody who was named'],
    ['earlier', `${nounOf(report.checkpoints, 'checkpoint')} of it still hold`],
    ['took', duration(report.durationMs)],
    ['recorded', report.auditId || 'no: the event store did not take it'],
  ]);
  const left = report.findings - findings.length;
  return [
    verdict,
    about,
    ...(findings.length === 0 ? [] : ['', table(findings, columns, wide)]),
    ...(left > 0 ? [`and ${left} more`] : []),
  ].join('\n');
}

const columns: readonly Column<Finding>[] = [
  { title: 'code', value: ({ code }) => code },
  { title: 'index', align: 'right', value: ({ index }) => index },
  {
    title: 'where',
    value: ({ stream, revision, file }) =>
      file || (revision === undefined ? stream : `${stream}@${revision}`),
  },
  { title: 'what', value: ({ message }) => printable(message) },
  { title: 'event', wide: true, value: ({ eventId }) => eventId },
];
