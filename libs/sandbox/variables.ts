import type { StepSpec } from './step.js';

/** Where the step finds its things, in its own eyes. */
export interface StepPaths {
  readonly work: string;
  readonly tmp: string;
  readonly metrics: string;
  /** The environment's own `PATH`. */
  readonly bin: string;
}

/**
 * The whole environment of a step: the pinned determinism variables, what the blueprint says otherwise, secrets, and
 * the names of INTERFACE, which nothing overrides.
 */
export function stepVariables(
  spec: StepSpec,
  { work, tmp, metrics, bin }: StepPaths,
): Record<string, string> {
  return {
    ...pinned(spec),
    ...spec.variables,
    ...spec.secrets,
    PATH: bin,
    HOME: work,
    TMPDIR: tmp,
    HOLDFAST_RUN_KEY: spec.runKey,
    HOLDFAST_STEP: spec.step,
    HOLDFAST_SEED: String(Number.parseInt(spec.seed.slice(0, 8), 16)),
    HOLDFAST_PARAMS: `${work}/params.json`,
    HOLDFAST_INPUTS: `${work}/inputs`,
    HOLDFAST_OUTPUTS: `${work}/outputs`,
    HOLDFAST_METRICS: metrics,
  };
}

/** Names that a blueprint may neither set nor use for a secret. */
export const isReservedVariable = (name: string): boolean =>
  name.startsWith('HOLDFAST_') || ['PATH', 'HOME', 'TMPDIR', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name);

const threadCounts = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'BLIS_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
  'NUMBA_NUM_THREADS',
  'RAYON_NUM_THREADS',
];

/** The order of a parallel sum depends on the number of threads, so that follows the declared cores, not the host's. */
function pinned({ limits, sourceDateEpoch }: StepSpec): Record<string, string> {
  const threads = String(Math.max(1, Math.floor(limits.cpu)));
  return {
    TZ: 'UTC',
    LC_ALL: 'C.UTF-8',
    LANG: 'C.UTF-8',
    SOURCE_DATE_EPOCH: String(sourceDateEpoch),
    PYTHONHASHSEED: '0',
    PYTHONDONTWRITEBYTECODE: '1',
    CUBLAS_WORKSPACE_CONFIG: ':4096:8',
    TF_DETERMINISTIC_OPS: '1',
    OMP_DYNAMIC: 'FALSE',
    ...Object.fromEntries(threadCounts.map((name) => [name, threads])),
  };
}
