import { assertNoProblems, DomainError, type Digest, type Problem } from '#kernel';
import { canonicalize, digestBytes, parseJson, pathProblem } from '#evidence';
import { checkSchema, fieldOf } from '#domain/declaration';
import { manifestSchema } from './manifest-schema.js';
import type { InputSource, Manifest, PinnedStep } from './manifest.js';
import { instanceCount, maxInstances, stepOrder } from './step-order.js';

const maxBytes = 4 * 2 ** 20;

/**
 * Reads a manifest from a hostile source: strict JSON in its canonical form, of the known shape, its references whole and its
 * steps without a circle.
 * @throws JSON_INVALID, JSON_TOO_LARGE (4 MiB), MANIFEST_INVALID with every problem, MANIFEST_NOT_CANONICAL
 */
export function parseManifest(bytes: Uint8Array | string): Manifest {
  if (bytes.length > longestRemembered) return parsed(bytes);
  const digest = digestBytes(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
  const known = remembered.get(digest);
  if (known !== undefined) return known;
  const manifest = parsed(bytes);
  remembered.set(digest, manifest);
  const [oldest] = remembered.keys();
  if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
  return manifest;
}

/** The same bytes are the same manifest for ever; admission, execution and sealing read them one after another. */
const remembered = new Map<Digest, Manifest>();
const mostRemembered = 256;
const longestRemembered = 64 * 2 ** 10;

function parsed(bytes: Uint8Array | string): Manifest {
  const json = parseJson(bytes, { maxBytes, file: 'manifest' });
  const { value, problems } = checkSchema(manifestSchema, json);
  if (value === undefined) assertNoProblems(problems, 'MANIFEST_INVALID');
  const manifest = value as Manifest;
  assertNoProblems(relationProblems(manifest), 'MANIFEST_INVALID');
  stepOrder(manifest);
  const text = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
  if (canonicalize(manifest) === text) return manifest;
  throw new DomainError('invalid', 'MANIFEST_NOT_CANONICAL', 'the manifest is not in canonical JSON');
}

function relationProblems({ pinned }: Manifest): Problem[] {
  const problems: Problem[] = [];
  const report = (code: string, path: readonly string[], message: string) =>
    problems.push({ code, field: fieldOf(path), message, fix: 'resolve the blueprint again' });
  const folded = Object.values(pinned.data).filter(({ folds }) => folds !== undefined);
  if (folded.length > 1) report('FOLDS_AMBIGUOUS', ['pinned', 'data'], 'more than one data has folds');
  if (Object.keys(pinned.steps).length === 0) report('STEPS_NONE', ['pinned', 'steps'], 'there is no step');
  // Whoever made it, nobody puts more of them in order.
  if (instanceCount({ pinned }) > maxInstances)
    report(
      'STEPS_TOO_MANY',
      ['pinned', 'steps'],
      `more than ${maxInstances} steps, folds counted one by one`,
    );
  for (const [name, step] of Object.entries(pinned.steps)) {
    const path = ['pinned', 'steps', name];
    if (step.each && folded.length === 0) report('FOLDS_MISSING', [...path, 'each'], 'no data has folds');
    for (const [input, source] of Object.entries(step.in))
      if (!isKnown(source, pinned))
        report('INPUT_UNKNOWN', [...path, 'in', input], 'names nothing that is there');
    for (const before of step.after ?? [])
      if (!Object.hasOwn(pinned.steps, before))
        report('STEP_UNKNOWN', [...path, 'after'], 'there is no such step');
    for (const [output, wrong] of outputProblems(step))
      report('PATH_INVALID', [...path, 'out', output], wrong);
  }
  return problems;
}

function isKnown(source: InputSource, { data, steps }: Manifest['pinned']): boolean {
  if ('data' in source) return Object.hasOwn(data, source.data);
  const step = Object.hasOwn(steps, source.step) ? steps[source.step] : undefined;
  return step !== undefined && (source.output === undefined || Object.hasOwn(step.out, source.output));
}

function outputProblems({ out }: PinnedStep): [string, string][] {
  const folded = Object.values(out).map((path) => path.toLowerCase());
  return Object.entries(out).flatMap(([name, path]): [string, string][] => {
    const wrong = pathProblem(path);
    if (wrong !== undefined) return [[name, `the path ${wrong}`]];
    const mine = path.toLowerCase();
    const shared = folded.filter((other) => other === mine || mine.startsWith(`${other}/`)).length > 1;
    return shared ? [[name, 'the path is that of another output, or inside it']] : [];
  });
}
