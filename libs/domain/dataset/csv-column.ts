import { unknownCells } from '#domain/row-filter';
import type { ColumnProfile, ColumnType } from './csv-profile.js';

/** What one column has shown so far. */
export interface Column {
  readonly name: string;
  add(value: string): void;
  type(): ColumnType;
  profile(): ColumnProfile;
}

const mostDistinct = 1_000;
const integer = /^-?\d{1,15}$/;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

export function openColumn(name: string): Column {
  const values = new Set<string>();
  let [filled, empty, integers, numbers, booleans] = [0, 0, 0, 0, 0];
  let [min, max] = [Infinity, -Infinity];
  const isNumeric = () => filled > 0 && numbers === filled;
  return {
    name,
    add(value) {
      if (unknownCells.has(value)) return void empty++;
      filled++;
      if (values.size <= mostDistinct) values.add(value);
      if (value === 'true' || value === 'false') booleans++;
      if (!number.test(value) || !Number.isFinite(Number(value))) return;
      numbers++;
      if (integer.test(value)) integers++;
      min = Math.min(min, Number(value));
      max = Math.max(max, Number(value));
    },
    type() {
      if (filled === 0) return 'empty';
      if (integers === filled) return 'integer';
      if (isNumeric()) return 'number';
      return booleans === filled ? 'boolean' : 'string';
    },
    profile: () => ({
      name,
      empty,
      ...(isNumeric() ? { min, max } : {}),
      ...(values.size <= mostDistinct ? { distinct: values.size } : {}),
    }),
  };
}
