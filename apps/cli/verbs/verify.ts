import { DomainError, formatProblem, type Json, type JsonObject } from '#kernel';
import { verifyBundle, type BundleReport, type VerifyOptions } from '#bundle-file';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import { facts } from '../output/table.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { bytes, nounOf } from '../output/units.js';
import type { Session } from '../session.js';
import { readKeys } from '../read-keys.js';
import { text, texts, type Action, type Options } from '../verb.js';

/** Checks a bundle with nothing but the file and the given keys, and says what that proves and what it does not. */
export const verify: Action = async (session, [file = ''], options) => {
  const { terminal, format, quiet } = session;
  const report = await verifyFile(session, file, await trusted(options));
  const holds = report.problems.length === 0;
  if (quiet) terminal.out(report.core ?? '');
  else await showOne(terminal, format, reportJson(file, report), () => reportText(terminal, file, report));
  return holds ? exitStatus.success : exitStatus.verification;
};

/** Who is trusted. @throws KEY_UNREADABLE, KEY_INVALID, OPTION_INVALID */
async function trusted(options: Options): Promise<VerifyOptions> {
  const keys = await readKeys('--key', texts(options, 'key'));
  const witnesses = await readKeys('--witness', texts(options, 'witness'));
  const needed = Number(text(options, 'witnesses') ?? 0);
  if (
    !Number.isInteger(needed) ||
    needed < 0 ||
    needed > witnesses.length ||
    (needed > 0 && keys.length === 0)
  ) {
    const message = '--witnesses is a number up to that of the given --witness, and goes with --key';
    throw new DomainError('invalid', 'OPTION_INVALID', message);
  }
  return { keys, witnesses: { witnesses, witnessesNeeded: needed } };
}

/** With progress: hashing a large bundle takes a while. @throws BUNDLE_UNREADABLE */
export async function verifyFile(
  { terminal, clock }: Session,
  file: string,
  options: VerifyOptions = {},
): Promise<BundleReport> {
  const progress = openProgress(terminal, clock, `verifying ${file}`, 'bytes');
  try {
    return await verifyBundle(file, { ...options, onProgress: progress.update });
  } finally {
    progress.end();
  }
}

export const reportJson = (file: string, report: BundleReport): JsonObject => ({
  file,
  holds: report.problems.length === 0,
  ...(report as unknown as Readonly<Record<string, Json>>),
});

export function reportText(terminal: Terminal, file: string, report: BundleReport): string {
  const { problems, proven, notProven, core, run, outcome, reproducibilityKey, members, totalBytes } = report;
  const verdict =
    problems.length === 0
      ? paint(terminal, 'green', 'holds')
      : paint(terminal, 'red', `does not hold: ${nounOf(problems.length, 'problem')}`);
  const about = facts([
    ['core', core],
    ['run', run],
    ['outcome', outcome],
    ['key', reproducibilityKey],
    ['signed by', report.signedBy?.join(', ')],
    ['log', report.log && `${report.log.origin}, ${report.log.size} entries`],
    ['members', core === undefined ? undefined : `${members}, ${bytes(totalBytes)} in all`],
  ]);
  const lines = (title: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : [title, ...texts.map((line) => `  ${printable(line)}`)];
  return [
    `${printable(file)}: ${verdict}`,
    ...(about === '' ? [] : [about]),
    ...lines('problems', problems.map(formatProblem)),
    ...lines('proven', proven),
    ...lines('not proven', notProven),
  ].join('\n');
}
