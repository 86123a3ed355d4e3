import type { Json, JsonObject } from '#kernel';
import { verifyExport, type ExportReport, type VerifyExportOptions } from '#export-file';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import { bytes } from '../output/units.js';
import { evidenceText } from '../view/evidence-text.js';
import type { Session } from '../session.js';

/** Checks an export of the audit trail with nothing but the file and the given keys. */
export async function verifyExportFile(session: Session, file: string, options: VerifyExportOptions) {
  const { terminal, clock, format, quiet } = session;
  const progress = openProgress(terminal, clock, `verifying ${file}`, 'bytes');
  let report: ExportReport;
  try {
    report = await verifyExport(file, { ...options, onProgress: progress.update });
  } finally {
    progress.end();
  }
  if (quiet) terminal.out(report.manifestDigest ?? '');
  else
    await showOne(terminal, format, asJson(file, report), () =>
      evidenceText(terminal, file, aboutOf(report), report, (options.keys ?? []).length > 0),
    );
  return report.problems.length === 0 ? exitStatus.success : exitStatus.verification;
}

const asJson = (file: string, report: ExportReport): JsonObject => ({
  file,
  holds: report.problems.length === 0,
  ...(report as unknown as Readonly<Record<string, Json>>),
});

function aboutOf({ manifest, manifestDigest, totalBytes }: ExportReport) {
  if (manifest === undefined) return [];
  const { events, others, range, log, exportedAt, exportedBy, record } = manifest;
  const positions = range.first === range.end ? 'nothing' : `${range.first} to ${Number(range.end) - 1}`;
  return [
    ['manifest', manifestDigest],
    ['events', `${events} of positions ${positions}, and ${others} leaves of others`],
    ['exported', `${exportedAt} by ${exportedBy.type} ${exportedBy.id}`],
    ['recorded in', record],
    ['log', `${log.origin}, ${log.size} entries`],
    ['size', bytes(totalBytes)],
  ] as const;
}
