import type { provenance } from '#contracts';
import { shortNumber } from '../output/numbers.js';
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

/** Results begin with the first step that differs and end with the metrics of the run: both ends say most. */
const shownAtEachEnd = 8;

export function differencesText(
  terminal: Terminal,
  differences: readonly Difference[],
  wide = false,
): string {
  return groupsOf(differences)
    .map(([area, group]) => {
      const omitted = wide ? 0 : Math.max(0, group.length - 2 * shownAtEachEnd);
      const shown =
        omitted > 0 ? [...group.slice(0, shownAtEachEnd), ...group.slice(-shownAtEachEnd)] : group;
      const lines = rows(shown, wide).split('\n');
      if (omitted > 0) lines.splice(1 + shownAtEachEnd, 0, `… ${omitted} more: -o wide`);
      return [paint(terminal, 'bold', area), ...lines.map((line) => `  ${line}`)].join('\n');
    })
    .join('\n');
}

function rows(differences: readonly Difference[], wide: boolean): string {
  const side = (text: string | undefined) => (wide ? text : briefly(text));
  return table(
    differences,
    [
      { title: 'what', value: ({ what }) => what },
      { title: 'a', value: ({ a }) => side(a) },
      { title: 'b', value: ({ b }) => side(b) },
      { title: 'detail', value: ({ detail }) => detail },
      { title: 'likelihood', align: 'right', wide: true, value: ({ likelihood }) => likelihood },
    ],
    wide,
  );
}

/** Digests and numbers cut to what a person compares; `-o wide` has them whole. */
export const briefly = (text: string | undefined): string | undefined =>
  text === undefined
    ? undefined
    : /^-?\d+\.\d{6,}(e[+-]?\d+)?$/.test(text)
      ? shortNumber(Number(text))
      : text.replace(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
