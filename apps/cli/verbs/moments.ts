import { DomainError, toInstant, type Instant } from '#kernel';
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
  if (!Number.isNaN(ms)) return { time: toInstant(ms) };
  const message = `${option} ${given.slice(0, 40)}: write an index such as 1041, or a time such as 2026-11-26T13:00Z`;
  throw new DomainError('invalid', 'AS_OF_INVALID', message);
}

export const protoMoment = (given: GivenMoment | undefined): auditor.Moment => ({
  moment:
    given === undefined
      ? undefined
      : given.time === undefined
        ? { $case: 'index', value: given.index }
        : { $case: 'time', value: given.time },
});
