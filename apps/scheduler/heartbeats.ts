import { canonicalBytes, parseJson } from '#evidence';
import { DomainError, type Json } from '#kernel';
import type { Message } from '#message-bus';

/** Where schedulers tell each other that an executor is alive, each to all; the key is the executor. */
export const heartbeatTopic = 'holdfast.heartbeats.v1';

export type Lease = { readonly run: string; readonly epoch: number };
export type Heartbeat = { readonly executor: string; readonly leases: readonly Lease[] };

export const heartbeatMessage = (heartbeat: Heartbeat): Message => ({
  key: heartbeat.executor,
  headers: {},
  value: canonicalBytes(heartbeat),
});

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Far more than one executor holds. */
const mostLeases = 10_000;

/** What is not known here is left out: a later release may say more. @throws HEARTBEAT_INVALID, JSON_INVALID */
export function parseHeartbeat(value: Uint8Array): Heartbeat {
  const { executor, leases } = fieldsOf(parseJson(value));
  if (typeof executor !== 'string' || !uuid.test(executor) || !Array.isArray(leases))
    throw invalid('it has no executor or no list of leases');
  if (leases.length > mostLeases) throw invalid(`it has ${leases.length} leases`);
  return { executor, leases: (leases as readonly Json[]).map(leaseOf) };
}

function leaseOf(value: Json): Lease {
  const { run, epoch } = fieldsOf(value);
  if (typeof run !== 'string' || !uuid.test(run) || !Number.isSafeInteger(epoch))
    throw invalid('a lease has no run or no epoch');
  return { run, epoch: epoch as number };
}

const fieldsOf = (value: Json): Readonly<Record<string, Json | undefined>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, Json>) : {};

const invalid = (why: string): DomainError =>
  new DomainError('invalid', 'HEARTBEAT_INVALID', `this is no heartbeat: ${why}`);
