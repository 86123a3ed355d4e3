const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.5 MiB`; three significant digits. */
export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(binary.length - 1, Math.floor(Math.log2(count) / 10));
  return `${Number((count / 2 ** (10 * power)).toPrecision(3))} ${binary[power]}`;
}

/** `830 ms`, `12.4 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toPrecision(3))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** The first 12 hex digits of a digest, enough to recognise one. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12);
export const shortId = (id: string): string => id.slice(0, 8);

/** `2026-11-26 13:40:12`, in UTC as it was recorded. */
export const when = (instant: string | undefined): string | undefined =>
  instant === undefined || instant === '' ? undefined : instant.slice(0, 19).replace('T', ' ');

/** `1 run`, `2 runs`; for nouns that take an s. */
export const nounOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
