import { DomainError, type Json, type JsonObject } from '#kernel';
import { verifyBundle, type BundleReport, type VerifyOptions } from '#bundle-file';
import { isExport } from '#export-file';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import type { Terminal } from '../output/terminal.js';
import { bytes } from '../output/units.js';
import { evidenceText } from '../view/evidence-text.js';
import type { Session } from '../session.js';
import { readKeys, witnessesNeeded } from '../read-keys.js';
import { texts, type Action, type Options } from '../verb.js';

/** Checks a bundle or an export with nothing but the file and the given keys, and says what that proves and what it does not. */
export const verify: Action = async (session, [file = ''], options) => {
  const { terminal, format, quiet } = session;
  const trust = await trusted(options);
  if (await isExport(file)) {
    const { verifyExportFile } = await import('./verify-export.js');
    return verifyExportFile(session, file, { keys: trust.keys ?? [], ...trust.witnesses });
  }
  const report = await verifyFile(session, file, trust);
  const holds = report.problems.length === 0;
  if (quiet) terminal.out(report.core ?? '');
  else await showOne(terminal, format, reportJson(file, report), () => reportText(terminal, file, report));
  return holds ? exitStatus.success : exitStatus.verification;
};

/** Who is trusted. @throws KEY_UNREADABLE, KEY_INVALID, OPTION_INVALID */
async function trusted(options: Options): Promise<VerifyOptions> {
  const keys = await readKeys('--key', texts(options, 'key'));
  const witnesses = await readKeys('--witness', texts(options, 'witness'));
  const needed = witnessesNeeded(options, witnesses.length, 0);
  if (needed > 0 && keys.length === 0)
    throw new DomainError('invalid', 'OPTION_INVALID', '--witnesses goes with --key');
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
  const { core, run, outcome, reproducibilityKey, members, totalBytes } = report;
  const about = [
    ['core', core],
    ['run', run],
    ['outcome', outcome],
    ['reproducibility key', reproducibilityKey],
    ['signed by', report.signedBy?.join(', ')],
    ['log', report.log && `${report.log.origin}, ${report.log.size} entries`],
    ['members', core === undefined ? undefined : `${members}, ${bytes(totalBytes)} in all`],
  ] as const;
  return evidenceText(terminal, file, about, report, report.signedBy !== undefined);
}
