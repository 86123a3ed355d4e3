import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import type { Condition, Query } from '../read-store.js';
import { createTables, openOperations } from './documents.js';
import { readLayout } from './layout.js';
import { pageOf } from './sql.js';

const database = new DatabaseSync(':memory:');
createTables(database);
const operations = openOperations(database);
operations.ensureCollection({
  name: 'c@1',
  indexes: [
    'n',
    'sweep',
    ['sweep', 'order'],
    ['namespace', 'status', 'order'],
    ['namespace', 'order'],
    ['namespace', 'metrics.*'],
    ['metrics.*'],
  ],
});

const plan = (query: Query): readonly string[] => {
  const { text, values } = pageOf('c@1', readLayout(database, 'c@1'), query);
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values);
  return rows.map(({ detail }) => String(detail));
};
const along = (index: string) => expect.stringMatching(`^(SEARCH|SCAN) c USING INDEX x:c@1:${index}( |$)`);
const byId = (range: string) => `SEARCH c USING INDEX sqlite_autoindex_c:c@1_1 (${range})`;
const sorted = /TEMP B-TREE/;

const ns: Condition = { field: 'namespace', is: 'a' };
const status: Condition = { field: 'status', is: 'done' };
const statuses: Condition = { field: 'status', is: ['done', 'failed'] };
const byOrder = { field: 'order', direction: 'desc' } as const;
const after = { value: 7, id: 'x' };

describe('a page', () => {
  it.each<[string, Query['where']]>([
    ['all', []],
    ['a range', [{ field: 'n', from: 3 }]],
    ['a range of both sides', [{ field: 'n', from: 3, to: 8, exclusive: true }]],
    ['a prefix', [{ field: 'n', prefix: 'a' }]],
    [
      'a range, filtered by something else',
      [
        { field: 'n', to: 8 },
        { field: 'other', is: 'x' },
      ],
    ],
  ])('of %s walks along the index of what it is sorted by, however many rows there are', (_, where = []) => {
    for (const direction of ['asc', 'desc'] as const)
      expect(plan({ where, sort: { field: 'n', direction }, limit: 1, after })).toEqual([along('n')]);
  });

  it.each<[string, readonly Condition[], string]>([
    ['of the first index whose fields are given', [ns, status], 'namespace,status,order'],
    ['with one field less', [ns, { field: 'blueprint', is: 'x' }], 'namespace,order'],
    ['whatever else is given', [ns, status, { field: 'sweep', is: 's' }], 'sweep,order'],
  ])('starts where equal values are: %s', (_, where, index) => {
    expect(plan({ where, sort: byOrder, limit: 1, after })).toEqual([along(index)]);
  });

  it('of a choice of values walks once for each of them, and sorts no more than a page from each', () => {
    const steps = plan({ where: [ns, statuses], sort: byOrder, limit: 1 });
    const index = 'namespace,status,order';
    expect(steps.filter((step) => step.includes('x:c@1'))).toEqual([along(index), along(index)]);
    const { text } = pageOf('c@1', readLayout(database, 'c@1'), {
      where: [ns, statuses],
      sort: byOrder,
      limit: 9,
    });
    expect(text.match(/LIMIT \?/g)).toHaveLength(3);
  });

  it.each<[string, readonly Condition[], string]>([
    ['in a namespace', [ns], 'namespace,metrics.*'],
    ['anywhere', [], 'metrics.*'],
  ])('by a field that only some documents have walks along what has it, %s', (_, where, index) => {
    const has: Condition = { field: 'metrics.auc', from: 0 };
    const sort = { field: 'metrics.auc', direction: 'desc' } as const;
    expect(plan({ where: [...where, statuses, has], sort, limit: 1, after })).toEqual([
      expect.stringMatching(/^SEARCH w USING (COVERING INDEX|PRIMARY KEY)/),
      byId('id=?'),
    ]);
    expect(
      pageOf('c@1', readLayout(database, 'c@1'), { where: [...where, has], sort, limit: 1 }).text,
    ).toContain(`"w:c@1:${index}"`);
    // Whoever has none is in no such list.
    expect(plan({ where, sort, limit: 1 }).join()).toMatch(sorted);
  });

  it('is left to SQLite when an index without order rules out more', () => {
    expect(
      plan({ where: [{ field: 'sweep', is: 's' }], sort: { field: 'n', direction: 'asc' }, limit: 1 })[0],
    ).toMatch(/USING INDEX x:c@1:sweep/);
  });

  it('by id alone goes along the documents', () => {
    expect(plan({ limit: 1, after: { value: null, id: 'x' } })).toEqual([byId('id>?')]);
    const prefix = plan({ where: [{ field: 'id', prefix: 'ab' }], limit: 2 });
    expect(prefix).toEqual([byId('id>? AND id<?')]);
    const steps = plan({ where: [{ field: 'sweep', is: 's' }], limit: 1, after });
    expect(steps).toEqual([along('sweep')]);
  });
});
