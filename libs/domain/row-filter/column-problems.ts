import type { Problem } from '#kernel';
import { nearest, visible } from '#domain/declaration';
import { columnsOf, type Filter } from './filter.js';

/** Columns that a filter reads and a table does not have, each with the nearest one that it has. */
export function columnProblems(filter: Filter, columns: readonly string[], field = 'where'): Problem[] {
  return columnsOf(filter)
    .filter((name) => !columns.includes(name))
    .map((name) => {
      const near = nearest(name, columns);
      const fix =
        near === undefined
          ? `take one of ${columns.slice(0, 20).map(visible).join(', ')}`
          : `did you mean ${visible(near)}?`;
      const message = 'the data has no such column';
      return { code: 'COLUMN_UNKNOWN', field, message, found: visible(name), fix };
    });
}
