/** What the server asks its launcher for: to start a process, or to let it go. */
export type Asked = ToLaunch | { readonly id: number; readonly go: true };

export interface ToLaunch {
  readonly id: number;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid: number | null;
  /** What it is connected by, at the file descriptors of {@link fdOf}. */
  readonly ends: readonly End[];
  /** Files that it is given, opened for writing, as the file descriptors after those. */
  readonly entrances: readonly string[];
}

/** File descriptor 3 is the door at which it waits. */
export const fdOf = { stdout: 1, stderr: 2, report: 4 } as const;
export type End = keyof typeof fdOf;

/** What the launcher tells, for each process in this order: its ends with the server's socket, exited; or only failed. */
export type Told = { readonly id: number } & (
  | { readonly what: 'end'; readonly end: End; readonly pid: number; readonly startTime: number }
  | {
      readonly what: 'exited';
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
    }
  | { readonly what: 'failed'; readonly why: string }
);
