import { differingLeaves } from './leaves.js';
import { brief, byLikelihood, type Difference } from './difference.js';
import type { Json } from '#kernel';
import type { Tree } from '#evidence';
import type { Manifest } from '#domain/manifest';

/** What a manifest alone does not show: the files behind two code digests. */
export type CodeTrees = { readonly a: Tree; readonly b: Tree };

/** Priors of the ranking; see README. */
const prior = {
  data: 0.9,
  code: 0.8,
  knobs: 0.7,
  seed: 0.65,
  steps: 0.6,
  folds: 0.85,
  environment: 0.5,
  determinism: 0.4,
  secrets: 0.3,
  limits: 0.1,
} as const;

/**
 * Every difference of two manifests in what can reach a step, likeliest cause first.
 * `firstDiffering` is the step in which results part ways; what cannot reach it gets likelihood 0.
 */
export function compareManifests(
  a: Manifest,
  b: Manifest,
  options: { readonly code?: CodeTrees; readonly firstDiffering?: string } = {},
): Difference[] {
  const [p, q] = [a.pinned, b.pinned];
  const leaves = (area: Difference['area'], path: string, x: unknown, y: unknown, likelihood: number) =>
    differingLeaves(area, path, x as Json | undefined, y as Json | undefined, likelihood);
  const differences = [
    ...leaves('configuration', 'knobs', p.knobs, q.knobs, prior.knobs),
    ...leaves('configuration', 'seed', p.seed, q.seed, prior.seed),
    ...leaves('configuration', 'steps', p.steps, q.steps, prior.steps),
    ...leaves('configuration', 'determinism', p.determinism, q.determinism, prior.determinism),
    ...leaves('configuration', 'secrets', p.secrets, q.secrets, prior.secrets),
    ...leaves('configuration', 'resources', p.resources, q.resources, prior.limits),
    ...compareCode(p.code.tree, q.code.tree, options.code),
    ...compareData(p.data, q.data),
    ...leaves('environment', 'environment', p.environment, q.environment, prior.environment),
    ...leaves('environment', 'isolation', p.isolation, q.isolation, prior.determinism),
    ...leaves('environment', 'architecture', p.architecture, q.architecture, prior.environment),
  ];
  const reach = options.firstDiffering === undefined ? undefined : dataReaching(a, b, options.firstDiffering);
  return differences
    .map((difference) =>
      reach === undefined || reaches(difference, reach) ? difference : unlikely(difference),
    )
    .sort(byLikelihood);
}

function compareCode(a: string, b: string, trees?: CodeTrees): Difference[] {
  if (a === b) return [];
  const whole = {
    area: 'configuration',
    what: 'code',
    a,
    b,
    detail: 'changed',
    likelihood: prior.code,
  } as const;
  if (trees === undefined) return [whole];
  const files = compareTrees(trees);
  return files.length === 0 ? [whole] : files;
}

/** File by file; entries are sorted by path, so the result is too. */
function compareTrees({ a, b }: CodeTrees): Difference[] {
  const before = new Map(a.entries.map((entry) => [entry.path, entry]));
  const after = new Map(b.entries.map((entry) => [entry.path, entry]));
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path): Difference[] => {
    const [x, y] = [before.get(path), after.get(path)];
    if (x?.digest === y?.digest && x?.mode === y?.mode) return [];
    const detail = !x
      ? 'only in the second'
      : !y
        ? 'only in the first'
        : x.digest === y.digest
          ? `mode ${x.mode} became ${y.mode}`
          : `bytes changed, ${x.sizeBytes} became ${y.sizeBytes} bytes`;
    const sides = { ...(x ? { a: brief(x.digest) } : {}), ...(y ? { b: brief(y.digest) } : {}) };
    return [{ area: 'configuration', what: `code.${path}`, ...sides, detail, likelihood: prior.code }];
  });
}

type Data = Manifest['pinned']['data'];

function compareData(a: Data, b: Data): Difference[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return names.flatMap((name) => {
    const [x, y] = [a[name], b[name]];
    const path = `data.${name}`;
    const bytes: Difference[] =
      x?.digest === y?.digest
        ? []
        : [
            {
              area: 'data',
              what: path,
              ...(x ? { a: x.digest } : {}),
              ...(y ? { b: y.digest } : {}),
              detail: !x ? 'only in the second' : !y ? 'only in the first' : 'bytes changed',
              likelihood: prior.data,
            },
          ];
    if (!x || !y) return bytes;
    return [
      ...bytes,
      ...differingLeaves('data', `${path}.where`, x.where, y.where, prior.data),
      ...differingLeaves(
        'data',
        `${path}.folds`,
        x.folds as Json | undefined,
        y.folds as Json | undefined,
        prior.folds,
      ),
    ];
  });
}

/** Names of the data that `step` can see, directly or through the steps before it, in either manifest. */
function dataReaching(a: Manifest, b: Manifest, step: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { pinned } of [a, b]) {
    const seen = new Set<string>();
    const pending = [step];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      for (const input of Object.values(pinned.steps[name]?.in ?? {})) {
        if ('data' in input) names.add(input.data);
        else pending.push(input.step);
      }
    }
  }
  return names;
}

function reaches(difference: Difference, data: ReadonlySet<string>): boolean {
  if (difference.area !== 'data') return true;
  // Folds are handed to every step, bytes and partition only to those that take the data in.
  if (/^data\.[^.]+\.folds/.test(difference.what)) return true;
  return data.has(difference.what.split('.')[1] ?? '');
}

const unlikely = (difference: Difference): Difference => ({ ...difference, likelihood: 0 });
