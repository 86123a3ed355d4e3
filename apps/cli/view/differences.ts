import type { provenance } from '#contracts';
import { shortNumber } from '../output/numbers.js';
import { clipped, table } from '../output/table.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { nounOf } from '../output/units.js';

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

/**
 * Every cause, and of the results those that say most: how it ended, the metrics of the run, and where in the order of the steps the
 * two part. With `wide` every one, and nothing is cut.
 */
export function differencesText(
  terminal: Terminal,
  differences: readonly Difference[],
  wide = false,
): string {
  return groupsOf(differences)
    .map(([area, group]) => {
      const shown = wide || area !== 'result' ? group : group.filter(saysMost);
      const more = group.length - shown.length;
      const rest = more > 0 ? [`and ${nounOf(more, 'more result')} (-o wide shows all)`] : [];
      const room = wide ? Infinity : terminal.width - indent.length;
      const text = area === 'result' ? rows(shown, wide, room) : causes(shown, wide, room);
      const lines = [...text.split('\n'), ...rest];
      return [paint(terminal, 'bold', area), ...lines.map((line) => `${indent}${line}`)].join('\n');
    })
    .join('\n');
}

const indent = '  ';

function saysMost(difference: Difference, at: number, results: readonly Difference[]): boolean {
  const isOfRun = ({ what, a = '', b = '' }: Difference) =>
    what === 'outcome' || (/^metrics\.[^.]+$/.test(what) && !`${a}${b}`.startsWith('sha256:'));
  return isOfRun(difference) || at === results.findIndex((result) => !isOfRun(result));
}

/** Of a cause nothing is cut: what has no room in a row stands below it. */
function causes(differences: readonly Difference[], wide: boolean, width: number): string {
  const whole = rows(differences, wide, Infinity);
  if (whole.split('\n').every((line) => line.length <= width)) return whole;
  return differences
    .flatMap(({ what, a, b, detail }) => [
      `${what}  ${briefly(a) ?? '–'} → ${briefly(b) ?? '–'}`,
      ...(detail === '' ? [] : [`${indent}${detail}`]),
    ])
    .map(printable)
    .join('\n');
}

function rows(differences: readonly Difference[], wide: boolean, width: number): string {
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
    width,
  );
}

/** Digests, numbers and long texts cut to what a person compares; `-o wide` has them whole. */
export const briefly = (text: string | undefined): string | undefined =>
  text === undefined
    ? undefined
    : /^-?\d+\.\d{6,}(e[+-]?\d+)?$/.test(text)
      ? shortNumber(Number(text))
      : clipped(text.replace(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, '$1…'), 40);
