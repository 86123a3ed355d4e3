import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { assertNoProblems, type Json, type Problem } from '#kernel';
import { exitStatus } from '../exit-status.js';
import { detectScript, filesOf, type Detection, type WrittenFile } from '../init/index.js';
import { showOne } from '../output/format.js';
import { facts } from '../output/table.js';
import { nounOf } from '../output/units.js';
import { flag, texts, type Action } from '../verb.js';

/** Reads a script and writes a first experiment beside it; never over what somebody wrote, unless told to. */
export const init: Action = async ({ terminal, format, quiet }, [given = '.'], options) => {
  const script = scriptAt(given);
  const { detection, problems } = detectScript(script, { set: literals(texts(options, 'set')) });
  assertNoProblems(problems, 'SCRIPT_REFUSED');
  if (detection === undefined) throw new Error('a script without problems was read');
  const files = filesOf(detection);
  if (!flag(options, 'force')) assertNoProblems(inTheWay(detection.folder, files), 'FILE_EXISTS');
  for (const { path, text } of files) {
    const at = join(detection.folder, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text);
  }
  if (quiet) files.forEach(({ path }) => terminal.out(path));
  else await showOne(terminal, format, asJson(detection, files), () => asText(detection, files));
  return exitStatus.success;
};

const extensions = new Set(['.py', '.mjs', '.cjs', '.js', '.ts', '.mts']);
const startsWork = ['train', 'main', 'experiment', 'run', 'index'];
const notScripts =
  /^(?:holdfast[_-]step\.|setup\.py$|conftest\.py$|__)|\.(?:config|test|spec)\.|\.d\.m?ts$|_test\.py$|^test_/;

/** The script, or the one of a folder that starts the work; all are named when that is not plain. */
function scriptAt(given: string): string {
  if (!statSync(given, { throwIfNoEntry: false })?.isDirectory()) return given;
  const names = readdirSync(given, { withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.has(extname(entry.name)) && !notScripts.test(entry.name))
    .map(({ name }) => name)
    .sort();
  const stem = (name: string) => name.replace(/\.[^.]*$/, '');
  const [likely] = startsWork.flatMap((word) => names.filter((name) => stem(name) === word));
  const only = names.length === 1 ? names[0] : undefined;
  const sameStem = names.filter((name) => likely !== undefined && stem(name) === stem(likely));
  if (only !== undefined) return join(given, only);
  if (likely !== undefined && sameStem.length === 1) return join(given, likely);
  const message = names.length === 0 ? 'there is no script in the folder' : 'the folder has several scripts';
  const fix =
    names.length === 0
      ? 'name a Python or JavaScript file: holdfast init SCRIPT'
      : `name the one that starts the work: ${names.slice(0, 10).join(', ')}`;
  assertNoProblems([{ code: 'SCRIPT_UNCLEAR', field: '', message, found: given, fix }], 'SCRIPT_UNCLEAR');
  return given;
}

function literals(given: readonly string[]): Record<string, string | number | boolean> {
  const problems: Problem[] = [];
  const values = given.map((text) => {
    const at = text.indexOf('=');
    if (at < 1)
      problems.push({
        code: 'SET_INVALID',
        field: '--set',
        message: 'a value is set with name=value',
        found: text.slice(0, 120),
        fix: 'write it like lr=0.1',
      });
    return [text.slice(0, at), literal(text.slice(at + 1))] as const;
  });
  assertNoProblems(problems, 'SET_INVALID');
  return Object.fromEntries(values);
}

function literal(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

/** Files that are there already and say something else. */
function inTheWay(folder: string, files: readonly WrittenFile[]): Problem[] {
  return files.flatMap(({ path, text }): Problem[] => {
    const at = join(folder, path);
    if (!statSync(at, { throwIfNoEntry: false })) return [];
    if (readFileSync(at, 'utf8') === text) return [];
    const message = 'is there already and was not written by this command';
    const fix = 'move it away, or write over it with --force';
    return [{ code: 'FILE_EXISTS', field: '', message, fix, place: { file: at, line: 1, column: 1 } }];
  });
}

const asJson = (detection: Detection, files: readonly WrittenFile[]): Json => ({
  folder: detection.folder,
  files: files.map(({ path }) => path),
  knobs: detection.knobs as unknown as Json,
  data: detection.data as unknown as Json,
  outputs: detection.outputs as unknown as Json,
  metrics: detection.metrics as unknown as Json,
  packages: [...detection.packages],
  seed: detection.seed,
  notes: detection.notes as unknown as Json,
});

function asText(
  { script, folder, knobs, data, outputs, metrics, seed, notes }: Detection,
  files: readonly WrittenFile[],
): string {
  const here = relative(process.cwd(), folder);
  const names = (list: readonly string[]) => (list.length === 0 ? 'none' : list.join(', '));
  const knobFiles = files.filter(({ path }) => path.startsWith('catalogue/')).length;
  const written = files.map(({ path }) => path).filter((path) => !path.startsWith('catalogue/'));
  return [
    `read ${script}, without running it`,
    facts([
      ['  knobs', names(knobs.map(({ knob, default: value }) => `${knob}=${String(value)}`))],
      ['  data', names(data.map(({ path }) => path))],
      ['  outputs', names(outputs.map(({ written: path }) => path))],
      ['  metrics', names(metrics.map(({ name, goal }) => (goal === 'none' ? name : `${name} (${goal})`)))],
      ['  seed', seed ?? 'none'],
    ]),
    ...notes.map(({ line, text }) => `  ! ${line > 0 ? `${script}:${line}: ` : ''}${text}`),
    `wrote ${names(written)}${knobFiles > 0 ? `, ${nounOf(knobFiles, 'knob')} in catalogue/` : ''}`,
    `next: ${notes.length > 0 ? 'look at the lines with !, then ' : ''}holdfast run${here === '' ? '' : ` ${here}`}`,
  ].join('\n');
}
