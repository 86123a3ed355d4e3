import { DomainError } from '#kernel';
import { formatVerifierKey, publicKeyPem, type VerifierKey } from '#evidence';
import type { auditor } from '#contracts';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import { facts, table, type Column } from '../output/table.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { duration, nounOf } from '../output/units.js';
import { readKeys } from '../read-keys.js';
import type { Session } from '../session.js';
import { text, texts, type Action } from '../verb.js';
import { plain } from '../view/plain.js';

type Finding = auditor.VerificationFinding;
type Report = auditor.VerificationReport;

/** Exit status 5 when the event store is not what the log says. */
export const auditVerify: Action = async (session, _args, options) => {
  const { terminal, format, quiet } = session;
  const keys = await readKeys('--key', texts(options, 'key'));
  const witnesses = await readKeys('--witness', texts(options, 'witness'));
  const needed = Number(text(options, 'witnesses') ?? witnesses.length);
  if (!Number.isInteger(needed) || needed < 0 || needed > witnesses.length)
    throw new DomainError(
      'invalid',
      'OPTION_INVALID',
      '--witnesses is a number up to that of the given --witness',
    );
  const { findings, report } = await verified(session, {
    ...{ keys: keys.map(asText), witnessKeys: witnesses.map(asText), witnesses: needed, seen: [] },
  });
  if (quiet) findings.forEach(({ code }) => terminal.out(code));
  else
    await showOne(terminal, format, plain({ ...report, findings: findings.map((one) => plain(one)) }), () =>
      reportText(terminal, report, findings, format === 'wide'),
    );
  return report.intact ? exitStatus.success : exitStatus.verification;
};

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
