import type { Json } from '#kernel';
import { showOne, type Format } from '../output/format.js';
import { table, type Column } from '../output/table.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { nounOf } from '../output/units.js';
import { plain } from '../view/plain.js';
import { isFinding, type Judged } from './judge.js';

/** A table and, under it, what to do; or the same as objects. */
export async function showFigures(
  terminal: Terminal,
  format: Format,
  judged: readonly Judged[],
  quiet: boolean,
): Promise<void> {
  const findings = judged.filter(isFinding);
  if (quiet) return findings.forEach(({ name }) => terminal.out(name));
  const json: Json = judged.map((one) => plain(one, { ok: one.verdict === 'ok' }));
  await showOne(terminal, format, json, () =>
    [
      table(judged, columns, format === 'wide'),
      ...explained(terminal, judged),
      findings.length === 0 ? 'healthy' : `${nounOf(findings.length, 'finding')}`,
    ].join('\n'),
  );
}

/** A line for each thing to say, with every figure that it is said of. */
function explained(terminal: Terminal, judged: readonly Judged[]): string[] {
  const others = judged.filter(({ verdict }) => verdict !== 'ok');
  const saidOf = ({ why, hint }: Judged) =>
    [why, hint && `→ ${hint}`].filter((part) => part !== undefined).join(' ');
  return [...Map.groupBy(others, saidOf)].map(([said, of]) => {
    const names = of.map(({ name }) => name).join(', ');
    return `${paint(terminal, of.some(isFinding) ? 'yellow' : 'dim', names)}: ${printable(said)}`;
  });
}

const columns: readonly Column<Judged>[] = [
  { title: 'figure', value: ({ name }) => name },
  { title: 'what', value: ({ what }) => what },
  { title: 'value', align: 'right', value: (one) => valueText(one) },
  { title: 'healthy', align: 'right', value: (one) => rangeText(one) },
  { title: 'verdict', value: ({ verdict }) => verdict },
  { title: 'samples', align: 'right', wide: true, value: ({ samples }) => samples },
  { title: 'because', wide: true, value: ({ because }) => because },
];

const digits = (value: number): string =>
  String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3)));

export const valueText = ({ value, unit }: Judged): string =>
  value === undefined ? '–' : typeof value === 'string' ? value : `${digits(value)} ${unit}`;

export function rangeText({ healthy, unit }: Judged): string {
  if ('is' in healthy) return healthy.is;
  if ('atMost' in healthy) return `≤ ${healthy.atMost} ${unit}`;
  return 'atLeast' in healthy ? `≥ ${healthy.atLeast} ${unit}` : `± ${healthy.within} ${unit}`;
}
