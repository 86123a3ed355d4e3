import type { Digest } from '#kernel';

/** A run, fully resolved: every reference replaced by a digest. Stored as its canonical JSON. */
export type Manifest = {
  readonly v: 1;
  /** Everything that can reach a step. The SHA-256 of its canonical JSON is the reproducibility key. */
  readonly pinned: Pinned;
  /** What surrounds a run without reaching its steps: changing it changes no result. */
  readonly declared: Declared;
};

export type Pinned = {
  /** Digest of the tree manifest, which is a blob, and the bytes of all files in it. */
  readonly code: { readonly tree: Digest; readonly sizeBytes: number };
  readonly environment: PinnedEnvironment;
  readonly data: Readonly<Record<string, PinnedData>>;
  readonly knobs: Readonly<Record<string, KnobValue>>;
  /** `root` is an integer from 0 to 2^53−1. */
  readonly seed: { readonly root: number; readonly method: 'hkdf-sha256/1' };
  readonly determinism: {
    /** Seconds since 1970, as SOURCE_DATE_EPOCH. */
    readonly sourceDateEpoch: number;
    /** Whether steps may reach the network. */
    readonly network: boolean;
    /** Overrides of the pinned determinism variables, and additions to them. */
    readonly variables: Readonly<Record<string, string>>;
  };
  readonly steps: Readonly<Record<string, PinnedStep>>;
  readonly resources: Resources;
  /** Level a step must be isolated at; `required` is any that isolates; null takes what the host offers. */
  readonly isolation: Isolation | null;
  readonly architecture: Architecture;
  /** By name of the environment variable; never a value. */
  readonly secrets: Readonly<Record<string, { readonly reference: string; readonly version: string }>>;
};

export type KnobValue = number | string | boolean;

export type PinnedEnvironment =
  /** Digest of the Node executable. */
  | { readonly kind: 'node'; readonly digest: Digest }
  /** A Python environment on a host: digest of the three that follow, in canonical JSON. */
  | {
      readonly kind: 'host-python';
      readonly digest: Digest;
      readonly interpreter: Digest;
      readonly packages: Digest;
      readonly lock: Digest;
    }
  /** `image` is the repository without tag or digest, such as `docker.io/library/python`. */
  | { readonly kind: 'image'; readonly digest: Digest; readonly image: string };

export const dataFormats = ['csv', 'file', 'tree'] as const;
export type DataFormat = (typeof dataFormats)[number];

export type PinnedData = {
  /** Of the bytes, or of the tree manifest for a `tree`. */
  readonly digest: Digest;
  readonly format: DataFormat;
  /** Rows taken, in the grammar of `#domain/row-filter`. */
  readonly where?: string;
  readonly folds?: PinnedFolds;
};

/** At most one data of a manifest has folds. */
export type PinnedFolds = {
  /** Name and version of the algorithm in `#domain/fold`. */
  readonly algorithm: string;
  /** 2 or more. */
  readonly k: number;
  readonly seed: number;
  readonly stratify?: string;
};

export type PinnedStep = {
  /** argv; `run[0]` resolves inside the environment. */
  readonly run: readonly string[];
  readonly in: Readonly<Record<string, InputSource>>;
  /** Path below `outputs/` by name. */
  readonly out: Readonly<Record<string, string>>;
  /** Runs once per fold instead of once. */
  readonly each?: 'fold';
  /** Steps to wait for, whole, without taking anything from them. */
  readonly after?: readonly string[];
};

/** Without `output`: all outputs of the step. From a step per fold into a single one: of all folds. */
export type InputSource =
  | { readonly data: string }
  | { readonly step: string; readonly output: string }
  | { readonly step: string; readonly output?: never };

export type Resources = {
  /** Cores; fractions allowed. */
  readonly cpu: number;
  readonly memoryBytes: number;
  /** Of one step. */
  readonly timeoutMs: number;
  readonly diskBytes: number;
  readonly pids: number;
};

export const isolationLevels = ['process', 'bubblewrap', 'container', 'kubernetes'] as const;
export type IsolationLevel = (typeof isolationLevels)[number];
export type Isolation = 'required' | IsolationLevel;

/** As Node's `process.arch`. */
export const architectures = ['x64', 'arm64', 'riscv64', 'ppc64', 's390x', 'arm', 'ia32', 'loong64'] as const;
export type Architecture = (typeof architectures)[number];

/**
 * The only failures a blueprint may have repeated: the attempt ended, the experiment said nothing. Names of the sandbox's closed
 * list, and the two of the scheduler.
 */
export const retriableFailures = [
  'executor-lost',
  'lease-expired',
  'timeout',
  'storage-full',
  'sandbox-unavailable',
  'environment-mismatch',
  'internal',
] as const;
export type RetriableFailure = (typeof retriableFailures)[number];

export type DeclaredMetric = {
  readonly goal: 'maximize' | 'minimize' | 'none';
  /** Two values agree when |a−b| ≤ abs + rel·|a|. */
  readonly tolerance: { readonly abs: number; readonly rel: number };
  /** UCUM; `1` for a pure number. */
  readonly unit: string;
};

export type Declared = {
  readonly blueprint: { readonly namespace: string; readonly name: string; readonly version: Digest };
  /** `location` is where executors may find an environment on a host: a hint, compared by digest; the digest of a blob that says it. */
  readonly environment: { readonly name: string; readonly location?: string };
  readonly why: string;
  readonly metrics: Readonly<Record<string, DeclaredMetric>>;
  /** `attempts` counts the first one: 1 is no retry. */
  readonly retry: { readonly attempts: number; readonly on: readonly RetriableFailure[] };
  /** `name@number` of the dataset version behind each data. */
  readonly datasets: Readonly<Record<string, string>>;
  readonly pool: string;
  /** What an executor must be labelled with. */
  readonly labels: Readonly<Record<string, string>>;
};
