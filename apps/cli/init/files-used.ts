import { lstatSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';
import { pathProblem } from '#evidence';
import type { Detection } from './detection.js';
import type { FileUse, Flag, ScriptFacts } from './facts.js';
import { note, type SourceLine } from './notes.js';

export type FoundFiles = Pick<Detection, 'data' | 'outputs' | 'folders'> & {
  /** Texts of the script that name one of them. */
  readonly named: ReadonlySet<string>;
  readonly notes: readonly SourceLine[];
};

const kindOf = (path: string): 'file' | 'folder' | undefined => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : undefined;
};

/** Concludes data and outputs from the paths that a script opens: what exists inside the folder and is read, and what is written. */
export function filesUsed(facts: ScriptFacts, folder: string): FoundFiles {
  const [data, outputs, notes]: [Detection['data'][number][], Detection['outputs'][number][], SourceLine[]] =
    [[], [], []];
  const named = new Set<string>();
  const folders = new Set<string>();
  const names = new Set<string>();
  for (const use of [...facts.writes, ...facts.flags.flatMap(outputFlag)]) {
    const written = inside(use, 'writes', notes);
    if (written === undefined || outputs.some((output) => output.written === written)) continue;
    if (kindOf(join(folder, written)) === 'folder') continue;
    named.add(use.path);
    outputs.push({ name: nameFor(written, names), written, path: written.replace(/^outputs\//, '') });
    for (let above = dirname(written); above !== '.'; above = dirname(above))
      if (kindOf(join(folder, above)) === 'folder') folders.add(above);
  }
  for (const use of [...facts.reads, ...facts.flags.flatMap((flag) => inputFlag(flag, folder))]) {
    const path = inside(use, 'reads', notes);
    if (path === undefined || outputs.some((output) => output.written === path)) continue;
    const kind = kindOf(join(folder, path));
    if (kind === undefined) {
      notes.push(
        note(use.line, `reads ${path}, which is not there: put it there, then holdfast init --force`),
      );
      continue;
    }
    named.add(use.path);
    if (data.some((known) => known.path === path)) continue;
    const format = kind === 'folder' ? 'tree' : /\.csv$/i.test(path) ? 'csv' : 'file';
    data.push({ name: nameFor(path, names), path, format });
  }
  return { data, outputs, folders: [...folders].sort(), named, notes };
}

/** The path below the folder, undefined when it leads elsewhere. */
function inside({ path, line }: FileUse, verb: string, notes: SourceLine[]): string | undefined {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    notes.push(
      note(line, `${verb} ${path}: steps have no network; fetch it once and keep it beside the script`),
    );
    return undefined;
  }
  const below = normalize(path).replace(/^\.\//, '');
  if (pathProblem(below) === undefined) return below;
  notes.push(
    note(line, `${verb} ${path}, which is not below the script's folder; a step will not find it there`),
  );
  return undefined;
}

const outputFlag = ({ name, default: value, line }: Flag): FileUse[] =>
  typeof value === 'string' && /^(?:out|output|save|dest|result)/i.test(name) && extname(value) !== ''
    ? [{ path: value, line }]
    : [];

const inputFlag = ({ default: value, line }: Flag, folder: string): FileUse[] =>
  typeof value === 'string' &&
  /[./]/.test(value) &&
  value.length < 1000 &&
  kindOf(join(folder, value)) !== undefined
    ? [{ path: value, line }]
    : [];

/** A name for a path: of its file, made an identifier, distinct where case does not count. */
function nameFor(path: string, taken: Set<string>): string {
  const file = path.split('/').at(-1) ?? '';
  const stem = file.replace(/^\.+/, '').replace(/\.[^.]*$/, '');
  const clean =
    stem
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^[^A-Za-z]+|-+$/g, '')
      .slice(0, 50) || 'file';
  let name = clean;
  for (let next = 2; taken.has(name.toLowerCase()); next += 1) name = `${clean}-${next}`;
  taken.add(name.toLowerCase());
  return name;
}
