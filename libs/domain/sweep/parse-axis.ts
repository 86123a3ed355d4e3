import { nearest } from '#domain/declaration';
import type { Report } from './axis-problems.js';
import { rangeSize, rangeValues } from './decimal-range.js';
import { sweepLimits } from './limits.js';
import { parseNumber } from './parse-number.js';
import { parseValues, type KnobType } from './parse-values.js';
import type { Axis, RangeAxis, SampledAxis } from './space.js';

const forms = {
  range: 'range(2,9) or range(0,1,0.25)',
  random: 'random(0,1) or random(1e-4,1e-1,log)',
  sobol: 'sobol(10,500) or sobol(1e-4,1e-1,log)',
} as const;
type Form = keyof typeof forms;
const formNames = Object.keys(forms) as Form[];

/** What stands after `knob=`: values, or one of the forms; a text in quotes is always a value. */
export function parseAxis(
  knob: string,
  written: string,
  type: KnobType | undefined,
  report: Report,
): Axis | undefined {
  const [, name, inside = ''] = /^\s*([A-Za-z]+)\s*\((.*)\)\s*$/s.exec(written) ?? [];
  const form = formNames.find((known) => known === name);
  if (form === undefined && name !== undefined && type !== 'string') {
    const near = nearest(name, formNames);
    const fix = near
      ? `did you mean ${near}? Write it like ${forms[near as Form]}`
      : `write values, or ${forms.range}`;
    report('SWEEP_FORM_UNKNOWN', 'there are range, random and sobol', fix, name);
    return undefined;
  }
  if (form === undefined) {
    const values = parseValues(written, type, report);
    return values && { knob, kind: 'list', values };
  }
  if (type === 'string' || type === 'boolean') {
    const fix = type === 'string' ? 'list its values; in quotes it is a text' : 'write true,false';
    report(
      'SWEEP_FORM_INVALID',
      `${form} is for numbers, and the knob takes ${type === 'string' ? 'a text' : 'true or false'}`,
      fix,
      written,
    );
    return undefined;
  }
  const parts = inside.split(',', 5).map((part) => part.trim());
  return form === 'range'
    ? parseRange(knob, parts, type === 'integer', report)
    : parseSampled(knob, form, parts, type === 'integer', report);
}

function parseRange(
  knob: string,
  parts: readonly string[],
  integer: boolean,
  report: Report,
): RangeAxis | undefined {
  if (parts.length < 2 || parts.length > 3) return wrongForm('range', parts, report);
  const numbers = parts.map((part) => parseNumber(part, integer, report));
  if (numbers.includes(undefined)) return undefined;
  const [from = 0, to = 0, step = 1] = numbers;
  const axis = { knob, kind: 'range', from, to, step } as const;
  const size = rangeSize(axis);
  if (step === 0) report('SWEEP_RANGE_EMPTY', 'a step of 0 leads nowhere', 'write another step');
  else if (size === 0n)
    report(
      'SWEEP_RANGE_EMPTY',
      'has no values',
      `a range goes up to, but not, its end: ${forms.range}`,
      parts.join(','),
    );
  else if (size > BigInt(sweepLimits.members))
    report(
      'SWEEP_TOO_LARGE',
      `a sweep has at most ${sweepLimits.members} members`,
      'widen the step',
      `${size} values`,
    );
  else if (!distinct(axis, Number(size)))
    report(
      'SWEEP_VALUE_TWICE',
      'the step is too small for numbers of this size',
      'widen the step',
      parts.join(','),
    );
  else return axis;
  return undefined;
}

function distinct(axis: RangeAxis, size: number): boolean {
  const value = rangeValues(axis);
  return new Set(Array.from({ length: size }, (_, index) => value(index))).size === size;
}

function parseSampled(
  knob: string,
  kind: 'random' | 'sobol',
  parts: readonly string[],
  integer: boolean,
  report: Report,
): SampledAxis | undefined {
  const scale = parts[2] ?? 'linear';
  if (parts.length < 2 || parts.length > 3 || (scale !== 'linear' && scale !== 'log'))
    return wrongForm(kind, parts, report);
  const [from, to] = parts.slice(0, 2).map((part) => parseNumber(part, integer, report));
  if (from === undefined || to === undefined) return undefined;
  const bounds = `${from} to ${to}`;
  if (from >= to)
    report('SWEEP_BOUNDS_INVALID', 'ends before it begins', `write it like ${forms[kind]}`, bounds);
  else if (scale === 'log' && from <= 0)
    report(
      'SWEEP_BOUNDS_INVALID',
      'a logarithmic scale begins above 0',
      'write a positive lower bound',
      bounds,
    );
  else if (
    !Number.isFinite(scale === 'log' ? to / from : to - from) ||
    (integer && !Number.isSafeInteger(to - from + 1))
  )
    report('SWEEP_BOUNDS_INVALID', 'is wider than numbers reach', 'bring the bounds closer', bounds);
  else return { knob, kind, from, to, scale, integer };
  return undefined;
}

function wrongForm(form: Form, parts: readonly string[], report: Report): undefined {
  report(
    'SWEEP_FORM_INVALID',
    'is not written like that',
    `write it like ${forms[form]}`,
    `${form}(${parts.join(',')})`,
  );
}
