import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { Problem } from '#kernel';
import type { Detected, Language } from './detection.js';
import type { Literal, ScriptFacts } from './facts.js';
import { filesUsed } from './files-used.js';
import { knobsOf } from './knobs.js';
import { metricsOf } from './metrics.js';
import { note, type SourceLine } from './notes.js';
import { pythonEnvironment } from './python-environment.js';
import { readNode } from './read-node.js';
import { readPython } from './read-python.js';

const languages: Readonly<Record<string, Language>> = {
  '.py': 'python',
  '.mjs': 'node',
  '.cjs': 'node',
  '.js': 'node',
  '.ts': 'node',
  '.mts': 'node',
};
const maxBytes = 1024 * 1024;

/**
 * Reads a script, without running it, for what a first blueprint needs. Every problem at once; throws for no script.
 * @param options.set values of flags that have no default
 */
export function detectScript(
  path: string,
  options: { readonly set?: Readonly<Record<string, Literal>> } = {},
): Detected {
  const file = basename(path);
  const refuse = (code: string, message: string, fix: string): Detected => ({
    problems: [{ code, field: '', message: `${file} ${message}`, fix }],
  });
  const language = languages[extname(path).toLowerCase()];
  if (language === undefined)
    return refuse(
      'SCRIPT_LANGUAGE_UNKNOWN',
      'is neither Python nor JavaScript',
      'give a .py, .js, .mjs, .cjs or .ts file, or write holdfast.yaml by hand',
    );
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return refuse('SCRIPT_MISSING', 'is not a file', 'give the path of a script');
  if (found.size > maxBytes)
    return refuse('SCRIPT_TOO_LARGE', 'is larger than 1 MiB', 'give the script that starts the work');
  const bytes = readFileSync(path);
  if (bytes.includes(0)) return refuse('SCRIPT_NOT_TEXT', 'is not text', 'give the source of the script');

  const folder = dirname(resolve(path));
  const facts =
    language === 'python'
      ? readPython(bytes, folder)
      : readNode(bytes.toString('utf8'), /\.m?ts$/i.test(path));
  if (facts === undefined)
    return refuse(
      'PYTHON_MISSING',
      'cannot be read: no Python was found',
      'install Python 3 and make a virtual environment: python3 -m venv .venv',
    );
  if ('error' in facts) {
    const { message, line, column } = facts.error;
    const fix = 'mend it: the script would not start either';
    return { problems: [{ code: 'SCRIPT_SYNTAX', field: '', message, fix, place: { file, line, column } }] };
  }
  return conclude(language, folder, file, facts, options.set ?? {});
}

function conclude(
  language: Language,
  folder: string,
  script: string,
  facts: ScriptFacts,
  set: Readonly<Record<string, Literal>>,
): Detected {
  const files = filesUsed(facts, folder);
  const { knobs, flags, constants, seed, open, notes } = knobsOf(facts, files.named, set);
  const environment =
    language === 'python'
      ? pythonEnvironment(folder, facts.imports)
      : { venv: null, problems: [], notes: packageNotes(folder, facts.imports) };
  const problems = [
    ...environment.problems,
    ...open.map(({ flag, name, line }): Problem => ({
      code: 'FLAG_WITHOUT_DEFAULT',
      field: name,
      message: `${flag} has no default`,
      fix: `say its value: holdfast init ${script} --set ${name}=VALUE`,
      place: { file: script, line, column: 1 },
    })),
  ];
  if (problems.length > 0) return { problems };
  const { data, outputs, folders } = files;
  return {
    problems,
    detection: {
      language,
      script,
      folder,
      knobs,
      flags,
      constants,
      seed,
      data,
      outputs,
      folders,
      packages: facts.imports,
      metrics: metricsOf(facts.metrics),
      venv: environment.venv,
      notes: [...notes, ...files.notes, ...environment.notes, ...seedNotes(facts, seed)].sort(
        (a, b) => a.line - b.line,
      ),
    },
  };
}

function packageNotes(folder: string, imports: readonly string[]): SourceLine[] {
  return imports.map((name) =>
    note(
      0,
      existsSync(join(folder, 'node_modules', name))
        ? `imports ${name}: node_modules is part of the code, every byte of it`
        : `imports ${name}, which is not in node_modules beside the script: npm install ${name}`,
    ),
  );
}

function seedNotes({ seeds, random }: ScriptFacts, seed: string | null): SourceLine[] {
  const fixed = seeds
    .filter(({ value }) => value !== null)
    .map(({ call, line, value }) =>
      note(line, `${call} is fixed to ${String(value)}; put it in a constant SEED to let runs set it`),
    );
  const none = random && seeds.length === 0 && seed === null;
  return none ? [note(0, 'uses randomness and sets no seed: two runs may differ')] : fixed;
}
