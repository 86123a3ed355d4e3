import { AsyncLocalStorage } from 'node:async_hooks';
import { traceIdOf } from '#observability';

/** What is going on: the request it belongs to, and where in its trace it is. */
export interface Scope {
  readonly correlationId: string;
  /** The span that is open, or the last one known of; absent at the beginning of a trace that nobody follows. */
  readonly spanId?: string | undefined;
}

/** Follows what is going on through everything that is awaited. */
export interface Scopes {
  now(): Scope | undefined;
  run<T>(scope: Scope, work: () => T): T;
}

export function openScopes(): Scopes {
  const storage = new AsyncLocalStorage<Scope>();
  return { now: () => storage.getStore(), run: (scope, work) => storage.run(scope, work) };
}

/** What every line that is logged meanwhile carries. */
export function scopeFacts(scopes: Scopes): Readonly<Record<string, unknown>> {
  const scope = scopes.now();
  if (scope === undefined) return {};
  const { correlationId } = scope;
  return { correlationId, traceId: traceIdOf(correlationId) };
}
