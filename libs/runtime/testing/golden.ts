import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import type { ProjectedEvent, Projection } from '../projection.js';
import { folded } from './history.js';

/** Reads what is kept in `golden/` beside a spec. @param url of the spec: `import.meta.url` */
export const goldenBeside =
  (url: string) =>
  (name: string): unknown => {
    const file = new URL(`./golden/${name}.json`, url);
    if (!existsSync(file)) throw new Error(`no golden/${name}.json: write what this version gives, once`);
    return JSON.parse(readFileSync(file, 'utf8'));
  };

/** One test for each projection: it folds the history to its golden file. */
export function foldToGolden(
  projections: readonly unknown[],
  history: () => readonly ProjectedEvent[],
  golden: (name: string) => unknown,
): void {
  const named = (projections as readonly Projection[]).map(
    (one) => [`${one.name}@${one.version}`, one] as const,
  );
  it.each(named)(
    '%s gives what it gave when its version was fixed; other output needs another version',
    (name, projection) => {
      expect(folded(projection, history())).toEqual(golden(name));
    },
  );
}
