import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** `strace` in front of a command: every fsync and fdatasync of it and its children, with the file. */
export const tracing = (file: string): readonly string[] => [
  ...['strace', '-f', '-y', '--seccomp-bpf', '-qq', '-e', 'trace=fsync,fdatasync', '-e', 'signal=none'],
  ...['-o', file],
];

export const canTrace = (): boolean => spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;

export type Store = 'events' | 'views' | 'artifacts' | 'other';

/** The first that fits: the pack of small blobs is a database among the artifacts. */
const stores: readonly (readonly [Store, RegExp])[] = [
  ['events', /events\.sqlite/],
  ['artifacts', /\/artifacts\b/],
  ['views', /\.sqlite/],
];
const storeOf = (line: string): Store => stores.find(([, file]) => file.test(line))?.[0] ?? 'other';

/** So far, by what they were for. A call that is interrupted and goes on has one beginning. */
export function syncsIn(file: string): Readonly<Record<Store | 'all', number>> {
  const counts = { events: 0, views: 0, artifacts: 0, other: 0, all: 0 };
  const text = existsSync(file) ? readFileSync(file, 'latin1') : '';
  for (const line of text.split('\n')) {
    if (!/\bf(?:data)?sync\(/.test(line)) continue;
    counts[storeOf(line)]++;
    counts.all++;
  }
  return counts;
}
