import { canonicalBytes, parseJson } from '#evidence';
import type { JsonObject } from '#kernel';
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

export function parseHeartbeat(value: Uint8Array): Heartbeat {
  const { executor, leases } = parseJson(value) as JsonObject;
  return { executor: String(executor), leases: leases as unknown as readonly Lease[] };
}
