import type { Json } from '#kernel';
import { table, type Column } from './table.js';
import type { Terminal } from './terminal.js';

export const formats = ['table', 'wide', 'json', 'jsonl', 'yaml'] as const;
export type Format = (typeof formats)[number];

/** How a list is shown: to people in columns, to scripts as the same objects in the same order. */
export async function showList<Row>(
  terminal: Terminal,
  format: Format,
  rows: readonly Row[],
  view: {
    readonly columns: readonly Column<Row>[];
    json(row: Row): Json;
    id(row: Row): string;
    readonly empty: string;
  },
  quiet = false,
): Promise<void> {
  if (quiet) return rows.forEach((row) => terminal.out(view.id(row)));
  switch (format) {
    case 'json':
      return terminal.out(JSON.stringify(rows.map(view.json), null, 2));
    case 'jsonl':
      return rows.forEach((row) => terminal.out(JSON.stringify(view.json(row))));
    case 'yaml':
      return terminal.out(await yaml(rows.map(view.json)));
    case 'table':
    case 'wide':
      if (rows.length === 0) return terminal.note(view.empty);
      return terminal.out(table(rows, view.columns, format === 'wide'));
  }
}

/** For scripts, not for people. */
export const isData = (format: Format): format is 'json' | 'jsonl' | 'yaml' =>
  format !== 'table' && format !== 'wide';

/** A list without bound: one document, written as its items come. */
export async function openList(terminal: Terminal, format: 'json' | 'jsonl' | 'yaml') {
  const stringify = format === 'yaml' ? (await import('yaml')).stringify : undefined;
  let count = 0;
  return {
    item(json: Json): void {
      const first = count++ === 0;
      const mark = format !== 'json' ? '' : first ? '[' : ',';
      terminal.out(stringify ? stringify([json]).trimEnd() : `${mark}${JSON.stringify(json)}`);
    },
    end(): void {
      if (count === 0 && format !== 'jsonl') terminal.out('[]');
      else if (format === 'json') terminal.out(']');
    },
  };
}

/** One thing: the text for people, or the object for scripts. */
export async function showOne(
  terminal: Terminal,
  format: Format,
  json: Json,
  text: () => string,
): Promise<void> {
  switch (format) {
    case 'json':
      return terminal.out(JSON.stringify(json, null, 2));
    case 'jsonl':
      return terminal.out(JSON.stringify(json));
    case 'yaml':
      return terminal.out(await yaml(json));
    case 'table':
    case 'wide':
      return terminal.out(text());
  }
}

const yaml = async (value: Json): Promise<string> => {
  const { stringify } = await import('yaml');
  return stringify(value).trimEnd();
};
