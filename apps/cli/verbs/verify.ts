import { readFile } from 'node:fs/promises';
import { DomainError, formatProblem, type Json, type JsonObject, type Problem } from '#kernel';
import { verifyBundle, type BundleReport } from '#bundle-file';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import { facts } from '../output/table.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { bytes, nounOf } from '../output/units.js';
import type { Session } from '../session.js';
import { text, type Action } from '../verb.js';

/** Checks a bundle with nothing but the file, and says what that proves and what it does not. */
export const verify: Action = async (session, [file = ''], options) => {
  const { terminal, format, quiet } = session;
  const key = text(options, 'key');
  const report = withSignature(await verifyFile(session, file), key, key && (await readKey(key)));
  const holds = report.problems.length === 0;
  if (quiet) terminal.out(report.core ?? '');
  else await showOne(terminal, format, reportJson(file, report), () => reportText(terminal, file, report));
  return holds ? exitStatus.success : exitStatus.verification;
};

/** With progress: hashing a large bundle takes a while. @throws BUNDLE_UNREADABLE */
export async function verifyFile({ terminal, clock }: Session, file: string): Promise<BundleReport> {
  const progress = openProgress(terminal, clock, `verifying ${file}`, 'bytes');
  try {
    return await verifyBundle(file, { onProgress: progress.update });
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

/**
 * The key that evidence was to be checked with. It is read, so that a wrong path is a wrong path.
 * @throws KEY_UNREADABLE
 */
async function readKey(path: string): Promise<true> {
  try {
    await readFile(path);
    return true;
  } catch (error) {
    const message = `--key ${path}: ${(error as Error).message.replace(/,.*/s, '')}`;
    throw new DomainError('invalid', 'KEY_UNREADABLE', message);
  }
}

/** What was asked to hold under a key does not hold without a signature. */
function withSignature(report: BundleReport, key: string | undefined, asked: unknown): BundleReport {
  if (!asked) return report;
  const problem: Problem = {
    code: 'SIGNATURE_MISSING',
    field: '--key',
    message: 'the bundle carries no signature, so no key can prove who made it',
    found: key as string,
    fix: 'leave --key out to check the bytes alone',
  };
  return { ...report, problems: [...report.problems, problem] };
}
