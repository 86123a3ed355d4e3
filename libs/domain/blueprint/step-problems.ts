import type { Problem } from '#kernel';
import { fieldOf, found, nearest, type Locate, type Path } from '#domain/declaration';
import { maxInstances } from '#domain/manifest';
import type { InputText, Outline, OutlineStep } from './outline.js';
import { inputPattern } from './parts.js';

/** Reports at a path of the document. */
export type Report = (
  code: string,
  path: Path,
  message: string,
  fix: string,
  options?: { readonly found?: unknown; readonly part?: 'key' },
) => void;

export const reporter =
  (problems: Problem[], locate: Locate): Report =>
  (code, path, message, fix, options = {}) => {
    const place = locate(path, options.part ?? 'value');
    const shown = 'found' in options ? { found: found(options.found) } : {};
    problems.push({ code, field: fieldOf(path), message, ...shown, fix, ...(place ? { place } : {}) });
  };

/** What is wrong between steps: references, folds and places of outputs. Stops when `full`, for there is no end to hostility. */
export function checkSteps(outline: Outline, report: Report, full: () => boolean = () => false): void {
  if (outline.steps.size === 0)
    report('STEPS_NONE', ['steps'], 'a blueprint has at least one step', 'add one');
  for (const [name, step] of outline.steps) {
    if (full()) return;
    if (name === 'data')
      report('NAME_RESERVED', ['steps', name], 'data is what inputs call the data', 'choose another name', {
        part: 'key',
      });
    for (const [input, text] of step.in)
      if (!full()) checkInput(['steps', name, 'in', input], text, outline, report);
    checkAfter(name, step, outline, report);
    checkOutputs(name, step, report);
    checkNames(['steps', name, 'in'], step.in.keys(), report);
    checkNames(['steps', name, 'out'], step.out.keys(), report);
  }
  checkNames(['steps'], outline.steps.keys(), report);
  checkFolds(outline, report);
}

function checkInput(
  path: Path,
  { text, source, output }: InputText,
  { data, steps }: Outline,
  report: Report,
) {
  if (!inputPattern.test(text) || text === 'data') return;
  const unknown = (what: string, written: string, known: readonly string[]) => {
    const near = nearest(written, known);
    const rest =
      known.length === 0 ? 'declare it' : `declare it, or take one of ${known.slice(0, 10).join(', ')}`;
    report('INPUT_UNKNOWN', path, what, near ? `did you mean ${near}?` : rest, { found: text });
  };
  if (source === 'data') {
    if (!data.has(output ?? ''))
      unknown(
        'there is no such data',
        text,
        [...data.keys()].map((name) => `data.${name}`),
      );
    return;
  }
  const step = steps.get(source);
  if (step === undefined) {
    const names = [...steps.keys()];
    const known =
      output === undefined ? [...names, ...[...data.keys()].map((name) => `data.${name}`)] : names;
    const near =
      nearest(source, known) ?? (output === undefined && data.has(source) ? `data.${source}` : undefined);
    const fix = near
      ? `did you mean ${output === undefined ? near : `${near}.${output}`}?`
      : `declare the step, or take one of ${known.slice(0, 10).join(', ')}`;
    report('INPUT_UNKNOWN', path, 'there is no such step', fix, { found: text });
  } else if (output === undefined) {
    if (step.out.size === 0)
      report(
        'INPUT_EMPTY',
        path,
        `${source} declares no outputs`,
        `declare \`out\` in steps.${source}, or wait for it with \`after\``,
        { found: text },
      );
  } else if (!step.out.has(output)) {
    unknown(
      `${source} declares no such output`,
      text,
      [...step.out.keys()].map((name) => `${source}.${name}`),
    );
  }
}

function checkAfter(name: string, step: OutlineStep, { steps }: Outline, report: Report) {
  for (const [index, before] of step.after.entries()) {
    if (steps.has(before)) continue;
    const near = nearest(before, [...steps.keys()]);
    const fix = near ? `did you mean ${near}?` : 'name a step of this blueprint';
    report('STEP_UNKNOWN', ['steps', name, 'after', index], 'there is no such step', fix, { found: before });
  }
}

/** Outputs that are the same file, the same file on some systems, or one inside the other. */
function checkOutputs(name: string, step: OutlineStep, report: Report) {
  const taken = new Map<string, { readonly output: string; readonly path: string }>();
  for (const [output, path] of step.out) {
    const at = ['steps', name, 'out', output];
    const same = taken.get(fold(path));
    if (same?.path === path)
      report('OUTPUT_DUPLICATE', at, `${same.output} is the same path`, 'write another path', {
        found: path,
      });
    else if (same)
      report(
        'OUTPUT_COLLIDES',
        at,
        `${same.output} is the same file where case does not count`,
        'write another path',
        { found: path },
      );
    else taken.set(fold(path), { output, path });
  }
  for (const [key, { output, path }] of taken) {
    const parts = key.split('/');
    const above = parts.slice(1).map((_, index) => taken.get(parts.slice(0, index + 1).join('/')));
    const outer = above.find((other) => other !== undefined);
    if (outer)
      report(
        'OUTPUT_COLLIDES',
        ['steps', name, 'out', output],
        `lies inside the output ${outer.output}`,
        'write a path of its own',
        { found: path },
      );
  }
}

/** Names become folders, so two that differ only in case cannot both be. */
function checkNames(path: Path, names: Iterable<string>, report: Report) {
  const taken = new Map<string, string>();
  for (const name of names) {
    const same = taken.get(fold(name));
    if (same !== undefined)
      report(
        'NAME_COLLIDES',
        [...path, name],
        `is ${same} where case does not count`,
        'choose another name',
        { part: 'key' },
      );
    else taken.set(fold(name), name);
  }
}

const fold = (text: string): string => text.normalize('NFKC').toLowerCase();

function checkFolds({ data, steps }: Outline, report: Report) {
  const folded = [...data].filter(([, { folds }]) => folds !== undefined);
  for (const [name] of folded.slice(1)) {
    const message = `only one data of a blueprint has folds, and ${folded[0]?.[0]} has`;
    report('FOLDS_AMBIGUOUS', ['data', name, 'folds'], message, 'remove one', { part: 'key' });
  }
  const each = [...steps].filter(([, step]) => step.each).map(([name]) => name);
  if (folded.length === 0) {
    for (const name of each)
      report(
        'FOLDS_MISSING',
        ['steps', name, 'each'],
        'no data has folds',
        'add `folds: { k: 5, seed: 11 }` to a data, or remove `each`',
      );
  }
  const k = folded[0]?.[1].folds ?? 0;
  const instances = steps.size - each.length + each.length * k;
  if (instances > maxInstances)
    report(
      'STEPS_TOO_MANY',
      ['steps'],
      `a run has at most ${maxInstances} steps, folds counted one by one`,
      'use fewer folds or steps',
      { found: instances, part: 'key' },
    );
}
