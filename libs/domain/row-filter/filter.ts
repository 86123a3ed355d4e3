import { comparePaths } from '#evidence';
import type { Operator } from './tokens.js';

export type Literal = string | number;

/** A condition on one row. */
export type Filter =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'known'; readonly column: string }
  | {
      readonly kind: 'compare';
      readonly column: string;
      readonly operator: Operator;
      readonly value: Literal;
    }
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly Literal[] };

/** Cells that say that there is no value. Nothing else does. */
export const unknownCells: ReadonlySet<string> = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'NULL', 'null']);

const numeric = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The cell of a column in the row at hand. */
export type CellOf = (column: string) => string;

/**
 * Whether a row meets the condition; undefined when that depends on a value which is not known (Kleene's three values, as in SQL).
 * @param onNotNumeric told of a cell that is compared with a number and is none
 */
export function evaluate(
  filter: Filter,
  cellOf: CellOf,
  onNotNumeric: (column: string, cell: string) => void,
): boolean | undefined {
  switch (filter.kind) {
    case 'all':
    case 'any': {
      const decisive = filter.kind === 'any';
      const parts = filter.of.map((part) => evaluate(part, cellOf, onNotNumeric));
      if (parts.includes(decisive)) return decisive;
      return parts.includes(undefined) ? undefined : !decisive;
    }
    case 'not': {
      const inner = evaluate(filter.of, cellOf, onNotNumeric);
      return inner === undefined ? undefined : !inner;
    }
    case 'known':
      return !unknownCells.has(cellOf(filter.column));
    case 'compare':
      return test(filter.column, filter.operator, filter.value, cellOf, onNotNumeric);
    case 'in': {
      const { column, values } = filter;
      const parts = values.map((value) => test(column, '=', value, cellOf, onNotNumeric));
      return parts.includes(true) ? true : parts.includes(undefined) ? undefined : false;
    }
  }
}

function test(
  column: string,
  operator: Operator,
  value: Literal,
  cellOf: CellOf,
  onNotNumeric: (column: string, cell: string) => void,
): boolean | undefined {
  const cell = cellOf(column);
  if (unknownCells.has(cell)) return undefined;
  if (typeof value === 'string') return holds(operator, comparePaths(cell, value));
  if (!numeric.test(cell)) {
    onNotNumeric(column, cell);
    return undefined;
  }
  return holds(operator, Number(cell) - value);
}

function holds(operator: Operator, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Names of the columns that a filter reads, in the order of their first mention. */
export function columnsOf(filter: Filter): string[] {
  const names = new Set<string>();
  const visit = (part: Filter): void => {
    if ('column' in part) names.add(part.column);
    else if (part.kind === 'not') visit(part.of);
    else part.of.forEach(visit);
  };
  visit(filter);
  return [...names];
}
