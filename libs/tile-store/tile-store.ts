/** A file of the log by its path below the log's prefix: `checkpoint`, `checkpoints/70000`, `tile/0/273.p/112`. */
export interface LogFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Longest file of a log: a bundle of 256 entries, each of 65,535 bytes behind two for its length. */
export const maxFileBytes = 256 * (65_535 + 2);

/**
 * The published files of the audit log, as a static file server would serve them. Several processes may read; one writes at a time.
 *
 * - `write` MUST make the files whole and durable before it resolves; a process that is killed leaves each whole, as it was before, or
 *   absent. One that is there is replaced: the log's files are a function of the events, so whoever writes one writes the same.
 * - `replace` MUST do so with one file, and MUST refuse (`conflict` LOG_FILE_CHANGED) when its bytes are not `before`, in one step: of
 *   several at once, in whatever processes, one is let through.
 * - `remove` takes a file, or everything below a folder; what is not there is no error.
 * - `list` gives the names of files in a folder, in no order; none when there is no folder.
 * - `read` of what is not there is undefined; of what is longer than {@link maxFileBytes}, `integrity` LOG_FILE_TOO_LONG.
 * - A path that could leave the log is `invalid` LOG_PATH_INVALID. An engine that does not answer is `unavailable` within seconds, a full
 *   one `exhausted` STORAGE_FULL.
 */
export interface TileStore {
  read(path: string): Promise<Uint8Array | undefined>;
  write(files: readonly LogFile[]): Promise<void>;
  replace(path: string, bytes: Uint8Array, before: Uint8Array | undefined): Promise<void>;
  remove(path: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  close(): Promise<void>;
}
