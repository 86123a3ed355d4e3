import { DomainError } from '#kernel';

/**
 * A setting that a service needs only where it is a process of its own.
 * @throws INVALID_CONFIGURATION
 */
export function requiredSetting<Value>(value: Value | undefined, variable: string, why: string): Value {
  if (value !== undefined) return value;
  throw new DomainError('invalid', 'INVALID_CONFIGURATION', `${variable}: ${why}`);
}
