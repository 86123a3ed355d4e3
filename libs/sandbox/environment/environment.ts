import type { Digest } from '#kernel';

/** The pinned environment and where this host has it. Checked by digest before every step. */
export type EnvironmentSpec =
  /** `digest` is that of the Node executable. */
  | { readonly kind: 'node'; readonly nodePath: string; readonly digest: Digest }
  | {
      readonly kind: 'host-python';
      /** Folder of the venv. */
      readonly venvDir: string;
      readonly interpreter: Digest;
      readonly packages: Digest;
      /** Compared only when both are given. */
      readonly lockFile?: string;
      readonly lock?: Digest;
    };

export interface Mount {
  readonly source: string;
  readonly target: string;
}

/** An environment found on this host, and verified. */
export interface FoundEnvironment {
  /** Folder on the host that holds the commands. */
  readonly binDir: string;
  /** Set when the commands are only this one file, whatever lies beside it. */
  readonly only?: { readonly name: string; readonly path: string };
  /** What must be visible inside, besides the system's libraries, for commands at `innerBinDir` to run. */
  readonly mounts: readonly Mount[];
  readonly innerBinDir: string;
}
