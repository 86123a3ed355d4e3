import { DomainError } from '#kernel';
import { flag, text, type Options, type VerbOption } from '../verb.js';
import type { Terminal } from './terminal.js';

/** Options of every verb that lists. */
export const pageOptions: readonly VerbOption[] = [
  { flags: '--limit <count>', description: 'at most so many; default 50' },
  { flags: '--all', description: 'every one' },
];

const mostPerPage = 1000;

interface Page<Row> {
  readonly rows: readonly Row[];
  readonly nextPageToken: string;
}

/** As many rows as the options ask for, page by page; says on stderr when there are more. */
export async function listed<Row>(
  terminal: Terminal,
  options: Options,
  read: (page: { pageSize: number; pageToken: string }) => Promise<Page<Row>>,
): Promise<readonly Row[]> {
  const limit = flag(options, 'all') ? Infinity : wholeNumber(options, 'limit', 1, 50);
  const rows: Row[] = [];
  let pageToken = '';
  do {
    const page = await read({ pageSize: Math.min(limit - rows.length, mostPerPage), pageToken });
    rows.push(...page.rows);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && rows.length < limit);
  if (pageToken !== '') terminal.note(`there are more than these ${rows.length}: --all shows them`);
  return rows;
}

/** @throws OPTION_INVALID when the option is no whole number from `least` on */
export function wholeNumber(
  options: Options,
  name: string,
  least: number,
  absent: number,
  field = `--${name}`,
): number {
  const given = text(options, name);
  if (given === undefined) return absent;
  const value = /^\d{1,15}$/.test(given) ? Number(given) : -1;
  if (value >= least) return value;
  const message = `${field} is a whole number from ${least} on`;
  throw new DomainError('invalid', 'OPTION_INVALID', message, {
    problems: [
      {
        code: 'OPTION_INVALID',
        field,
        message: `is a whole number from ${least} on`,
        found: given.slice(0, 40),
      },
    ],
  });
}
