import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import type { Query } from '../read-store.js';
import { createTables, openOperations } from './documents.js';
import { pageOf } from './sql.js';

const database = new DatabaseSync(':memory:');
createTables(database);
const operations = openOperations(database);
const lease = operations.acquireLease({ name: 'writer', owner: 'me', ttlMs: 60_000 });
operations.ensureCollection({ name: 'c@1', indexes: ['n'] });
const plan = (query: Query): string => {
  const { text, values } = pageOf('c@1', query);
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values);
  return rows.map(({ detail }) => String(detail)).join('; ');
};

describe('a page', () => {
  it.each<[string, Query['where']]>([
    ['all', []],
    ['a range', [{ field: 'n', from: 3 }]],
    ['a range of both sides', [{ field: 'n', from: 3, to: 8, exclusive: true }]],
    ['a prefix', [{ field: 'n', prefix: 'a' }]],
    ['all but something', [{ field: 'other', isNot: 'x' }]],
    [
      'a range, filtered by something else',
      [
        { field: 'n', to: 8 },
        { field: 'other', is: 'x' },
      ],
    ],
  ])('of %s walks along the index of what it is sorted by, however many rows there are', (_, where = []) => {
    for (const direction of ['asc', 'desc'] as const)
      expect(plan({ where, sort: { field: 'n', direction }, limit: 1 })).toMatch(
        /^(SEARCH|SCAN) c:c@1 USING INDEX i:c@1:n[^;]*$/,
      );
  });

  it('holds every row once, whatever the size of pages, with many of the same value', () => {
    const docs = [5, 3, 3, 7, 3, 9, 3, 5].map((n, i) => ({ id: `d${i}`, n }));
    if (lease === undefined) throw new Error('nobody else writes here');
    operations.commit({
      ...{ collection: 'c@1', lease, expected: undefined, next: { position: 'p', events: 1 } },
      writes: docs.map((doc) => ({ id: doc.id, doc: JSON.stringify(doc) })),
    });
    type Row = { readonly id: string; readonly n: number };
    for (const direction of ['asc', 'desc'] as const) {
      const seen: Row[] = [];
      for (let last: Row | undefined, more = true; more; last = seen.at(-1)) {
        const after = last ? { after: { value: last.n, id: last.id } } : {};
        const where = [{ field: 'n', from: 3, to: 7 }];
        const page = operations.query({
          collection: 'c@1',
          query: { where, sort: { field: 'n', direction }, limit: 2, ...after },
        });
        seen.push(...page.map((doc) => JSON.parse(doc) as Row));
        more = page.length === 2;
      }
      const up = ['d1', 'd2', 'd4', 'd6', 'd0', 'd7', 'd3'];
      expect(seen.map(({ id }) => id)).toEqual(direction === 'asc' ? up : up.reverse());
    }
  });
});
