import type { Digest } from '#kernel';
import { digestBytes } from '#evidence';
import type { ToldEvent } from './told-event.js';
import type { ExportAbout, ExportFilter } from './manifest.js';
import { earlierStyles, style } from './report-style.js';

/** A page that can be read and printed; the other files hold every event. */
export const mostReportRows = 5_000;
const longestText = 400;

/** Text of a page: nothing in it is markup, and nothing hides or turns round what it says. */
export const escapeHtml = (text: string): string =>
  text
    .replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`)
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, (found) => (found === '\n' ? ' ' : '�'));

const cut = (text: string): string => (text.length <= longestText ? text : `${text.slice(0, longestText)} …`);

export function reportRow({ leaf, actor, reason, data }: ToldEvent): string {
  const cells = [
    `<td class="n">${leaf.index}`,
    `<td class="t">${leaf.recordedAt.slice(0, 19).replace('T', ' ')}`,
    `<td class="w">${escapeHtml(leaf.type)}<br><span class="m d">${escapeHtml(leaf.stream)} @${leaf.revision}</span>`,
    `<td class="s">${escapeHtml(actor.type)}<br><span class="m d">${escapeHtml(actor.id)}</span>`,
    `<td>${reason === '' ? '' : `<span class="why">${escapeHtml(cut(reason))}</span><br>`}<span class="m d">${escapeHtml(cut(data()))}</span>`,
  ];
  return `<tr>${cells.join('')}\n`;
}

type Fact = readonly [name: string, value: string | undefined];

const facts = (rows: readonly Fact[]): string =>
  `<dl>${rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<dt>${name}<dd>${escapeHtml(value as string)}`)
    .join('\n')}</dl>\n`;

function filterFacts(filter: ExportFilter): string {
  const rows: readonly Fact[] = [
    ['study', filter.study],
    ['runs', filter.runs?.join(', ')],
    ['blueprints', filter.blueprints?.join(', ')],
    ['recorded at or after', filter.recordedFrom],
    ['recorded before', filter.recordedTo],
    ['position from', filter.fromIndex],
    ['position to', filter.toIndex],
    ['actor', filter.actor],
    ['types', filter.types?.join(', ')],
  ];
  return rows.every(([, value]) => value === undefined) ? '<p>None: every event.</p>\n' : facts(rows);
}

const count = (text: string): string => text.replace(/\B(?=(\d{3})+$)/g, ',');

/** The readable report: a pure function of what the export says of itself and of its first events, which are given as {@link reportRow}s. */
export function reportHtml(about: ExportAbout, rows: readonly string[], css = style): string {
  const { exportedAt, exportedBy, reason, filter, range, events, others, types, recorded, log } = about;
  const empty = range.first === range.end;
  const shown =
    rows.length < Number(events)
      ? ` The first ${count(String(rows.length))} are shown here; events.jsonl holds all.`
      : '';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Holdfast audit export</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><style>${css}</style></head><body>
<h1>Audit trail</h1>
<p>${count(events)} events, exported ${escapeHtml(exportedAt)}.${shown}</p>
${facts([
  ['events', count(events)],
  ['events of the range that were not asked for', count(others)],
  ['position', empty ? 'nothing' : `${count(range.first)} to ${count(String(Number(range.end) - 1))}`],
  ['recorded (UTC)', recorded && `${recorded.earliest} to ${recorded.latest}`],
  ['exported by', `${exportedBy.type} ${exportedBy.id}`],
  ['reason', reason],
  ['recorded in', about.record],
  ['log', `${log.origin}, ${count(log.size)} entries`],
  ['root of the log', log.root],
])}<h2>What was asked for</h2>
${filterFacts(filter)}<h2>How many of what</h2>
${facts(Object.entries(types).map(([type, n]) => [escapeHtml(type), count(n)]))}<h2>What this page is worth</h2>
<p>Nothing by itself: it is made of events.jsonl beside it, and <code>holdfast verify FILE --key PUB</code> makes it again and compares. The same
command checks the signature, every event against the log, and that no position of the range is missing. People are pseudonyms.</p>
<h2>Events</h2>
<table><thead><tr><th class="n">Position<th class="t">When (UTC)<th class="w">What<th class="s">Who<th>Why, and what was recorded</thead><tbody>
${rows.join('')}</tbody></table></body></html>
`;
}

/** Whether a page is the report of this release or of one before it: they differ in nothing but how they look. */
export const isReport = (digest: Digest, about: ExportAbout, rows: readonly string[]): boolean =>
  [style, ...earlierStyles].some((css) => digestBytes(reportHtml(about, rows, css)) === digest);
