import type { provenance } from '#contracts';
import { table } from '../output/table.js';
import { paint, type Terminal } from '../output/terminal.js';

type Difference = provenance.Difference;

/** Grouped by area, the likeliest cause first in each and of all; what it led to comes last. */
export function groupsOf(differences: readonly Difference[]): readonly [area: string, Difference[]][] {
  const groups = new Map<string, Difference[]>();
  for (const difference of differences)
    groups.set(difference.area, [...(groups.get(difference.area) ?? []), difference]);
  const rank = ([area, [first]]: [string, Difference[]]) =>
    area === 'result' ? -1 : Math.max(0, first?.likelihood ?? 0);
  for (const group of groups.values()) group.sort((a, b) => b.likelihood - a.likelihood);
  return [...groups].sort((a, b) => rank(b) - rank(a));
}

export function differencesText(
  terminal: Terminal,
  differences: readonly Difference[],
  wide = false,
): string {
  const side = (text: string | undefined) => (wide ? text : briefly(text));
  return groupsOf(differences)
    .map(([area, group]) => {
      const rows = table(
        group,
        [
          { title: 'what', value: ({ what }) => what },
          { title: 'a', value: ({ a }) => side(a) },
          { title: 'b', value: ({ b }) => side(b) },
          { title: 'detail', value: ({ detail }) => detail },
          { title: 'likelihood', align: 'right', wide: true, value: ({ likelihood }) => likelihood },
        ],
        wide,
      );
      return `${paint(terminal, 'bold', area)}\n${rows.replace(/^/gm, '  ')}`;
    })
    .join('\n');
}

/** Digests cut to what a person compares; `-o wide` has them whole. */
export const briefly = (text: string | undefined): string | undefined =>
  text?.replace(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
