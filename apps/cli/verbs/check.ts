import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { formatProblem, type Json, type Problem } from '#kernel';
import { checkDeclaration, checkLock, type Catalogue } from '#domain/blueprint';
import { exitStatus } from '../exit-status.js';
import { catalogueFiles, readCatalogue } from '../experiment/read-catalogue.js';
import { readSmallFile } from '../experiment/read-small-file.js';
import { showList } from '../output/format.js';
import { printable } from '../output/terminal.js';
import type { Action } from '../verb.js';

interface CheckedFile {
  readonly file: string;
  readonly kind: string;
  readonly problems: readonly Problem[];
}

/** Every problem of every file, one a line as editors and CI read it; exit status 2 when there is one. */
export const check: Action = async ({ terminal, format, quiet }, given) => {
  const files = (await Promise.all((given.length === 0 ? ['holdfast.yaml'] : given).map(filesAt))).flat();
  const checked: CheckedFile[] = [];
  for (const file of files) checked.push(await checkFile(file));
  const broken = checked.filter(({ problems }) => problems.length > 0);
  if (format === 'table' || format === 'wide') {
    for (const { problems } of broken)
      problems.forEach((problem) => terminal.out(printable(formatProblem(problem))));
    const count = broken.reduce((sum, { problems }) => sum + problems.length, 0);
    const noun = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
    if (!quiet)
      terminal.note(
        count === 0
          ? `${noun(files.length, 'file')} checked: nothing wrong`
          : `${noun(count, 'problem')} in ${broken.length} of ${noun(files.length, 'file')}`,
      );
  } else {
    await showList(terminal, format, checked, {
      columns: [],
      json: ({ file, kind, problems }) => ({ file, kind, problems: problems as unknown as Json }),
      id: ({ file }) => file,
      empty: '',
    });
  }
  return broken.length > 0 ? exitStatus.invalid : exitStatus.success;
};

/** A folder stands for the declarations in it: its blueprint, lock and catalogue. */
async function filesAt(path: string): Promise<string[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [path];
  const lock = join(path, 'holdfast.lock');
  const locked = await stat(lock).then(
    () => [lock],
    () => [],
  );
  return [join(path, 'holdfast.yaml'), ...locked, ...((await catalogueFiles(path)) ?? [])];
}

async function checkFile(file: string): Promise<CheckedFile> {
  const { content, problem } = await readSmallFile(file, 'give a file, or write one: `holdfast init SCRIPT`');
  if (content === undefined) return { file, kind: 'unknown', problems: problem ? [problem] : [] };
  if (basename(file).endsWith('.lock'))
    return { file, kind: 'lock', problems: checkLock(Buffer.from(content).toString('utf8'), file).problems };
  const { kind, problems } = checkDeclaration(content, { file, ...(await beside(file)) });
  return { file, kind, problems };
}

/** The catalogue beside a blueprint, when there is one: then every knob is looked up, as the server would. */
async function beside(file: string): Promise<{ readonly catalogue?: Catalogue }> {
  const local = await readCatalogue(dirname(file));
  return local === undefined ? {} : { catalogue: { knobs: local.knobs } };
}
