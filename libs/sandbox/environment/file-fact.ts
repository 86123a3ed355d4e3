import { statSync, type BigIntStats } from 'node:fs';
import { epochMs, systemClock, type Clock } from '#kernel';
import { identityOf, isAtRest, stateOf } from '#evidence/files';

/** Whether a later change of the file would show in its identity. */
export const isSettled = (stats: BigIntStats, clock: Clock = systemClock): boolean =>
  isAtRest(stateOf(stats), epochMs(clock.now()));

/**
 * What follows from the bytes of a file alone, links followed: asked for once per process while the file stays the same, by
 * whoever comes first.
 */
export function factOfFile<T>(
  ask: (path: string) => Promise<T>,
  clock: Clock = systemClock,
): (path: string) => Promise<T> {
  const known = new Map<string, { readonly identity: string; readonly fact: Promise<T> }>();
  return async (path) => {
    const before = statSync(path, { bigint: true });
    const identity = identityOf(before);
    const cached = known.get(path);
    if (cached?.identity === identity) return cached.fact;
    const fact = ask(path);
    if (!isSettled(before, clock)) return fact;
    const entry = { identity, fact };
    known.set(path, entry);
    const forget = () => {
      if (known.get(path) === entry) known.delete(path);
    };
    const stayed = () => identityOf(statSync(path, { bigint: true })) === identity;
    fact.then(stayed).then((same) => (same ? undefined : forget()), forget);
    return fact;
  };
}
