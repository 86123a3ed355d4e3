import type { Digest } from '#kernel';
import type { StepFailure } from './failure.js';
import type { EnvironmentSpec } from './environment/environment.js';

/** One thing below `inputs/`. */
export type StepInput = {
  /** Below `inputs/`, `/` between segments. */
  readonly path: string;
} & (
  | { readonly blob: Digest; readonly executable?: boolean }
  /** Digest of a tree manifest, itself a blob. */
  | { readonly tree: Digest }
  | { readonly bytes: Uint8Array }
);

/** Bounds of one step. What reaches one has failed, whatever it exits with. */
export interface StepLimits {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  /** Cores; fractions allowed. Also decides the thread counts that libraries are told. */
  readonly cpu: number;
  /** Processes and threads at once. */
  readonly pids: number;
  /** Everything it may write: outputs, temporary files, metrics. */
  readonly diskBytes: number;
  /** Kept of stdout and of stderr each; the rest is drained, dropped and recorded as truncated. Default 16 MiB. */
  readonly logBytes?: number;
  /** Files below `outputs/`. Default 10,000. */
  readonly outputFiles?: number;
  /** Files below `outputs/` that nobody declared and that are kept all the same. Default 1,000. */
  readonly undeclaredFiles?: number;
}

/** Everything that reaches one step, and nothing else does. */
export interface StepSpec {
  readonly step: string;
  readonly fold: number | null;
  /** `argv[0]` is a name that the environment holds, or a relative path of an executable file of the code. */
  readonly argv: readonly string[];
  /** Tree laid out read-only in the working folder; null for none. */
  readonly code: Digest | null;
  readonly environment: EnvironmentSpec;
  readonly inputs: readonly StepInput[];
  /** The bytes of `params.json`. */
  readonly params: Uint8Array;
  /** Path below `outputs/` by name; a file or a folder. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly limits: StepLimits;
  /** Whether it may reach the network; below level `bubblewrap` nothing stops it. */
  readonly network: boolean;
  /** The run's reproducibility key. */
  readonly runKey: string;
  /** 64 hex digits. */
  readonly seed: string;
  /** Seconds since 1970. */
  readonly sourceDateEpoch: number;
  /** Overrides of the pinned determinism variables, and additions to them. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Values by variable name; never logged, recorded or put on a command line. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A file below `outputs/`, or a declared folder as one tree. */
export type StepOutput = {
  /** As declared; of an undeclared one its path. */
  readonly name: string;
  /** Below `outputs/`. */
  readonly path: string;
  readonly digest: Digest;
  /** Of the blob with this digest: the file, or the manifest of the tree. */
  readonly sizeBytes: number;
} & (
  | { readonly kind: 'file'; readonly mode: '100644' | '100755' }
  | { readonly kind: 'tree'; readonly files: number; readonly contentBytes: number }
);

export interface LogBlob {
  readonly digest: Digest;
  /** Kept. */
  readonly sizeBytes: number;
  /** Written by the step. */
  readonly totalBytes: number;
  readonly truncated: boolean;
}

export interface MetricSummary {
  readonly name: string;
  readonly last: number;
  /** Points in the series. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

export interface StepMetrics {
  /**
   * Every point in the order written, one canonical JSON object a line; the raw bytes (at most 1 MiB) when a line of them
   * is invalid.
   */
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** By name in byte order. */
  readonly summary: readonly MetricSummary[];
}

export interface StepUsage {
  readonly durationMs: number;
  /** Of all its processes; only with a cpu cgroup. */
  readonly userMs?: number;
  readonly systemMs?: number;
  /** Memory cgroup's peak: what the processes and their page cache held. */
  readonly peakMemoryBytes?: number;
}

/** How it was isolated, for the record. */
export type StepIsolation = {
  readonly level: 'process' | 'bubblewrap';
  /** Whether the level keeps the host out of reach. */
  readonly isolated: boolean;
  /** Of the step's processes; this server's own when it cannot drop privileges. */
  readonly uid: number;
  readonly ownUid: boolean;
  readonly cgroup: readonly string[];
  readonly network: 'none' | 'host' | 'not-restricted';
  readonly noNewPrivileges: boolean;
};

export type StepOutcome = {
  readonly exitCode?: number;
  readonly signal?: string;
  /** In byte order of their names; of a failed step those that could be kept. */
  readonly outputs: readonly StepOutput[];
  /** In byte order of their paths. */
  readonly undeclared: readonly StepOutput[];
  /** Undeclared files beyond the limit, not kept. */
  readonly undeclaredOmitted: number;
  readonly stdout: LogBlob;
  readonly stderr: LogBlob;
  readonly metrics: StepMetrics;
  readonly usage: StepUsage;
  readonly isolation: StepIsolation;
} & ({ readonly status: 'completed' } | { readonly status: 'failed'; readonly failure: StepFailure });
