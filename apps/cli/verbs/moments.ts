import { DomainError, isInstant, toInstant, type Instant } from '#kernel';
import type { auditor } from '#contracts';

/** An index of the store, or a time. */
export type GivenMoment =
  | { readonly index: number; readonly time?: undefined }
  | { readonly time: Instant; readonly index?: undefined };

/** What a person writes for a moment; a time that names no zone is UTC, as everything here. @throws AS_OF_INVALID */
export function momentFrom(option: string, given: string | undefined): GivenMoment | undefined {
  if (given === undefined) return undefined;
  if (/^\d{1,15}$/.test(given)) return { index: Number(given) };
  const isTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?(Z|[+-]\d\d:\d\d)?$/.test(given);
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(given) || !/[T ]/.test(given) ? given : `${given}Z`;
  const ms = isTime ? Date.parse(zoned.replace(' ', 'T')) : NaN;
  if (!Number.isNaN(ms) && isDay(given.slice(0, 10)) && isInstant(toInstant(ms)))
    return { time: toInstant(ms) };
  const message = `${option} ${given.slice(0, 40)}: write an index such as 1041, or a time such as 2026-11-26T13:00Z`;
  throw new DomainError('invalid', 'AS_OF_INVALID', message);
}

/** Whether the calendar has it: 30 February is read as a day of March otherwise. */
const isDay = (day: string): boolean => toInstant(Date.parse(day)).startsWith(day);

/**
 * `--from` and `--to` of a verb; the latter is inclusive as an index, not as a time.
 * @throws AS_OF_INVALID, RANGE_EMPTY when nothing can lie between
 */
export function rangeFrom(
  from: string | undefined,
  to: string | undefined,
): readonly [GivenMoment | undefined, GivenMoment | undefined] {
  const [first, last] = [momentFrom('--from', from), momentFrom('--to', to)];
  const isEmpty =
    first?.index === undefined || last?.index === undefined
      ? first?.time !== undefined && last?.time !== undefined && first.time >= last.time
      : first.index > last.index;
  if (!isEmpty) return [first, last];
  const message = `nothing lies between --from ${from} and --to ${to}; --from is the earlier one, and --to as a time ends before it`;
  throw new DomainError('invalid', 'RANGE_EMPTY', message);
}

export const protoMoment = (given: GivenMoment | undefined): auditor.Moment => ({
  moment:
    given === undefined
      ? undefined
      : given.time === undefined
        ? { $case: 'index', value: given.index }
        : { $case: 'time', value: given.time },
});
