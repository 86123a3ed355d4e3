/** What the server asks its launcher for. */
export interface ToLaunch {
  readonly id: number;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid: number | null;
  /** What it is connected by, in the order of its file descriptors from 1 on. */
  readonly ends: readonly End[];
  /** Files that it is given, opened for writing, as the file descriptors after them. */
  readonly entrances: readonly string[];
}

export type End = 'stdout' | 'stderr' | 'door' | 'report';

/** What the launcher tells, for each process in this order: begun, its ends with the server's socket, exited; or only failed. */
export type Told = { readonly id: number } & (
  | { readonly what: 'begun'; readonly pid: number; readonly stat: string }
  | { readonly what: 'end'; readonly end: End }
  | {
      readonly what: 'exited';
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
    }
  | { readonly what: 'failed'; readonly why: string }
);
