// The report as one file: no script, no font, nothing fetched.
import { escape } from './plots.mjs';

const style = `
:root { color-scheme: light dark; --ink:#1b1f24; --soft:#59636e; --paper:#fff; --line:#d5dae0; --blue:#1f5fbf; --orange:#b4540a; --on:#fff; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6e9ee; --soft:#9aa5b1; --paper:#12161c; --line:#313a45; --blue:#6ea8ff; --orange:#f0a35e; --on:#0b1220; } }
@media print { :root { color-scheme: light; --ink:#000; --soft:#333; --paper:#fff; --line:#bbb; --blue:#1f5fbf; --orange:#b4540a; --on:#fff; } section { break-inside: avoid; } * { print-color-adjust: exact; } }
body { margin: 2rem auto; max-width: 44rem; padding: 0 1rem; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
h1 { line-height: 1.2; } h2 { margin-top: 2.2rem; } .note, caption { color: var(--soft); font-size: .9rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; } th:first-child, td:first-child { text-align: left; } caption { text-align: left; }
svg { width: 100%; height: auto; max-width: 40rem; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .tick { fill: var(--soft); } svg .count, svg .on { font-size: 17px; font-weight: 600; } svg .on { fill: var(--on); }
.grid { stroke: var(--line); } .mean { stroke: var(--blue); stroke-width: 1.5; } .baseline { stroke: var(--orange); stroke-width: 1.5; stroke-dasharray: 5 4; } .band { fill: var(--blue); fill-opacity: .14; } .point { fill: var(--blue); }
.cell { fill: none; stroke: var(--line); } .heat { fill: var(--blue); } .seen, .held { fill: none; stroke: var(--blue); stroke-width: 1.4; } .held { stroke: var(--orange); stroke-dasharray: 4 3; }
`;

export function table(caption, head, rows) {
  const line = (tag, cells) =>
    cells
      .map((cell, i) => {
        const scope = tag === 'th' ? ' scope="col"' : i === 0 ? ' scope="row"' : '';
        const name = i === 0 || tag === 'th' ? 'th' : 'td';
        return `<${name}${scope}>${escape(cell)}</${name}>`;
      })
      .join('');
  return `<table><caption>${escape(caption)}</caption><thead><tr>${line('th', head)}</tr></thead><tbody>
${rows.map((row) => `<tr>${line('td', row)}</tr>`).join('\n')}
</tbody></table>`;
}

export const section = (title, ...parts) =>
  `<section><h2>${escape(title)}</h2>\n${parts.join('\n')}\n</section>`;
export const note = (text) => `<p class="note">${escape(text)}</p>`;

export const page = (title, lead, sections) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${style}</style></head>
<body><main><h1>${escape(title)}</h1>
<p>${escape(lead)}</p>
${sections.join('\n')}
</main></body></html>
`;
