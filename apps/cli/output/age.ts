import { DomainError } from '#kernel';

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `36h`, `7d`, `2w` in milliseconds. @throws OPTION_INVALID */
export function ageOf(given: string, option: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(given) ?? [];
  const ms = unitMs[unit];
  if (count !== undefined && ms !== undefined) return Number(count) * ms;
  const message = `${option} is a number and one of s, m, h, d, w, such as 36h or 7d; found ${given.slice(0, 40)}`;
  throw new DomainError('invalid', 'OPTION_INVALID', message);
}
