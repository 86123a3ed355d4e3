import type { Deadline, Metadata } from '@grpc/grpc-js';
import { systemChance, systemClock, type Chance, type Clock } from '#kernel';
import type { Log } from '../log/log.js';
import { callOrigin } from './call-origin.js';

/** What unary and streaming calls have in common. */
export interface Call {
  readonly metadata: Metadata;
  /** `/holdfast.registry.v1.Registry/GetBlueprint` */
  getPath(): string;
  getDeadline(): Deadline;
  on(event: 'cancelled' | 'finish', listener: () => void): unknown;
  on(event: 'error', listener: (error: { code?: number }) => void): unknown;
  emit(event: 'error', error: { code: number }): unknown;
}

/** What the server knows about a call besides what came with it. */
export interface LiveCall {
  /** Aborts when the client is gone, the deadline is over or the server stops; the reason is a `DomainError`. */
  readonly abort: AbortController;
  readonly log: Log;
  /** What the caller named, else that of the trace it said it belongs to, else a new one. */
  readonly correlationId: string;
  readonly clock: Clock;
  readonly chance: Chance;
}

const liveCalls = new WeakMap<Call, LiveCall>();

export const rememberCall = (call: Call, live: LiveCall): void => void liveCalls.set(call, live);

/** A call that came past our server, as in a test of one controller, is alive until somebody says otherwise. */
export function liveCall(call: Call): LiveCall {
  const known = liveCalls.get(call);
  if (known !== undefined) return known;
  const silent = () => {};
  const log: Log = { debug: silent, info: silent, warn: silent, error: silent, with: () => log };
  const chance = systemChance;
  const correlationId = callOrigin(call, chance).correlationId;
  const live = { abort: new AbortController(), log, correlationId, clock: systemClock, chance };
  liveCalls.set(call, live);
  return live;
}
