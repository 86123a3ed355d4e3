import { DomainError, formatProblem } from '#kernel';
import { exitStatus } from '../exit-status.js';
import { arrivingFile, type ArrivingFile } from '../output/arriving-file.js';
import { showOne } from '../output/format.js';
import { outFile } from './out-file.js';
import { openProgress } from '../output/progress.js';
import { facts } from '../output/table.js';
import { bytes, nounOf } from '../output/units.js';
import type { Session } from '../session.js';
import { flag, text, type Action, type Options } from '../verb.js';
import { reportJson, verifyFile } from './verify.js';

/** Exports a sealed bundle; the file has its name only when all of it has arrived and holds. */
export const bundle: Action = async (session, [run = ''], options) => {
  const { terminal, format, quiet } = session;
  const out = await outFile(session, options);
  const file = arrivingFile(
    out,
    () => new DomainError('integrity', 'BUNDLE_EMPTY', 'the server sent nothing'),
  );
  try {
    await download(session, run, options, file);
    const report = await verifyFile(session, file.part);
    const [problem] = report.problems;
    if (problem !== undefined) {
      const message = `what arrived does not hold: ${formatProblem(problem)}`;
      throw new DomainError('integrity', 'BUNDLE_INVALID', message, { problems: report.problems });
    }
    await file.rename();
    if (quiet) terminal.out(report.core ?? '');
    else
      await showOne(terminal, format, reportJson(out, report), () =>
        facts([
          ['bundle', out],
          ['core', report.core],
          ['run', report.run],
          ['key', report.reproducibilityKey],
          ['size', `${bytes(report.totalBytes)} in ${nounOf(report.members, 'member')}`],
        ]),
      );
    if (!quiet) terminal.note(`check it anywhere: holdfast verify ${text(options, 'out')}`);
    return exitStatus.success;
  } finally {
    await file.close();
  }
};

async function download(
  session: Session,
  runId: string,
  options: Options,
  file: ArrivingFile,
): Promise<void> {
  const { terminal, clock } = session;
  const { provenance } = await session.connection();
  const wanted = {
    withData: flag(options, 'withData'),
    withEnvironment: flag(options, 'withEnvironment'),
    withoutProofs: flag(options, 'withoutProofs'),
    named: flag(options, 'named'),
    reason: text(options, 'reason') ?? '',
  };
  const parts = provenance.exportBundle({ namespace: session.namespaceOfIds, runId, ...wanted });
  const progress = openProgress(terminal, clock, `exporting run ${runId}`, 'bytes');
  let [done, total] = [0, 0];
  try {
    for await (const { data, totalBytes, noProofs } of parts) {
      if (noProofs !== undefined && !wanted.withoutProofs) terminal.note(`no log proofs in it: ${noProofs}`);
      total = totalBytes ?? total;
      await file.append(data);
      done += data.length;
      progress.update(done, total);
    }
    await file.end();
  } finally {
    progress.end();
  }
}
