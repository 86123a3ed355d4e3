import type { Metadata } from '@grpc/grpc-js';
import type { Chance } from '#kernel';
import { correlationIdOf, parseTraceparent, traceIdOf, type TraceContext } from '#observability';
import { metadataNames } from '#rpc';

/** What a call belongs to, before anything else of it is looked at. */
export interface CallOrigin {
  readonly correlationId: string;
  /** The caller's span, where it is of the same trace. */
  readonly parent?: TraceContext;
  /** False for what executors and services do by themselves over and over, such as heartbeats: it sets nothing off. */
  readonly isTraced: boolean;
}

/** A correlation id as it may come from anybody; one of another form is refused with the rest of the metadata. */
export const correlationPattern = /^[\w.:-]{1,128}$/;

export function callOrigin({ metadata }: { readonly metadata: Metadata }, chance: Chance): CallOrigin {
  const entry = (name: string) => metadata.get(name)[0]?.toString();
  const named = entry(metadataNames.correlationId);
  const actorType = entry(metadataNames.actorType);
  const said = entry('traceparent');
  const caller = said === undefined ? undefined : parseTraceparent(said);
  const isTraced = caller !== undefined || actorType === undefined || actorType === 'person';
  if (named === undefined || !correlationPattern.test(named)) {
    if (caller === undefined) return { correlationId: chance.uuid(), isTraced };
    return { correlationId: correlationIdOf(caller.traceId), parent: caller, isTraced };
  }
  return caller !== undefined && caller.traceId === traceIdOf(named)
    ? { correlationId: named, parent: caller, isTraced }
    : { correlationId: named, isTraced };
}
