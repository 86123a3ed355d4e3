import { open, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DomainError, formatProblem } from '#kernel';
import { exitStatus } from '../exit-status.js';
import { confirm } from '../output/confirm.js';
import { showOne } from '../output/format.js';
import { openProgress } from '../output/progress.js';
import { facts } from '../output/table.js';
import { bytes, nounOf } from '../output/units.js';
import type { Session } from '../session.js';
import { flag, text, type Action, type Options } from '../verb.js';
import { reportJson, verifyFile } from './verify.js';

/** Exports a sealed bundle; the file has its name only when all of it has arrived and holds. */
export const bundle: Action = async (session, [run = ''], options) => {
  const { terminal, format, quiet } = session;
  const out = resolve(text(options, 'out') ?? '');
  if (await exists(out)) await confirm(session, options, `${out} is there already. Overwrite it?`);
  const part = `${out}.part`;
  try {
    await download(session, run, options, part);
    const report = await verifyFile(session, part);
    const [problem] = report.problems;
    if (problem !== undefined) {
      const message = `what arrived does not hold: ${formatProblem(problem)}`;
      throw new DomainError('integrity', 'BUNDLE_INVALID', message, { problems: report.problems });
    }
    await rename(part, out);
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
    await rm(part, { force: true });
  }
};

async function download(session: Session, runId: string, options: Options, path: string): Promise<void> {
  const { terminal, clock } = session;
  const { provenance } = await session.connection();
  const wanted = {
    withData: flag(options, 'withData'),
    withEnvironment: flag(options, 'withEnvironment'),
    withoutProofs: flag(options, 'withoutProofs'),
  };
  const parts = provenance.exportBundle({ namespace: session.namespaceOfIds, runId, ...wanted });
  const progress = openProgress(terminal, clock, `exporting run ${runId}`, 'bytes');
  // Nothing is written before the server has said that there is something.
  let file: Awaited<ReturnType<typeof open>> | undefined;
  let [done, total] = [0, 0];
  try {
    for await (const { data, totalBytes, noProofs } of parts) {
      if (noProofs !== undefined && !wanted.withoutProofs) terminal.note(`no log proofs in it: ${noProofs}`);
      file ??= await openFor(path);
      total = totalBytes ?? total;
      await file.appendFile(data);
      done += data.length;
      progress.update(done, total);
    }
    await file?.sync();
  } finally {
    progress.end();
    await file?.close();
  }
  if (file === undefined) throw new DomainError('integrity', 'BUNDLE_EMPTY', 'the server sent nothing');
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** @throws OUT_UNWRITABLE */
async function openFor(path: string) {
  try {
    return await open(path, 'w');
  } catch (cause) {
    const message = `--out: ${(cause as Error).message}`;
    throw new DomainError('invalid', 'OUT_UNWRITABLE', message, { cause });
  }
}
