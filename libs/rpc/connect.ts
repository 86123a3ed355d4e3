import { Client, credentials, type ChannelOptions } from '@grpc/grpc-js';
import { executor, registry, scheduler } from '#contracts';
import { isDomainError, systemChance, systemClock, type Chance, type Clock } from '#kernel';
import { auditorService, provenanceService } from './chunk-messages.js';
import { callDownload, callUnary, callUpload, type Channel } from './call.js';
import type { CallOptions } from './call-options.js';
import { checkHealth, type ServingStatus } from './health.js';
import { retryUnavailable } from './retry.js';
import { targetOf } from './target.js';
import type { AnyMethod, ServiceClient, ServiceDefinition } from './service-client.js';

const services = {
  registry: registry.RegistryService,
  scheduler: scheduler.SchedulerService,
  executor: executor.ExecutorService,
  provenance: provenanceService,
  auditor: auditorService,
} as const;

export type ServiceName = keyof typeof services;

/** Typed clients of all five services. */
export type Connection = { readonly [N in ServiceName]: ServiceClient<(typeof services)[N]> } & {
  /** What the process that answers for a service says of its health; `unknown` when it does not host it. */
  health(service: ServiceName, options?: CallOptions): Promise<ServingStatus>;
  /** The newest position that any answer has carried; every service of the installation understands it. */
  newestPosition(): string | undefined;
  /** Ends every call that is still running. */
  close(): void;
};

export interface ConnectOptions {
  /** Defaults for every call. */
  readonly defaults?: Pick<
    CallOptions,
    'deadlineMs' | 'retryForMs' | 'correlationId' | 'metadata' | 'signal'
  >;
  /** Asked at each call for further metadata: what it belongs to. */
  readonly passOn?: () => Readonly<Record<string, string>>;
  /** Time and jitter of the pauses between attempts. */
  readonly clock?: Clock;
  readonly chance?: Chance;
}

const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': 16 * 2 ** 20,
  'grpc.max_send_message_length': 16 * 2 ** 20,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // What a server may send ahead: with HTTP/2's own 64 KiB a stream waits for the client several times a message.
  'grpc-node.flow_control_window': 2 ** 20,
  // Our own retries know about deadlines and idempotency keys.
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // Nobody asks for its books of each call.
  'grpc.enable_channelz': 0,
};

const unaryDeadlineMs = 30_000;
const retryForMs = 10_000;

/**
 * Opens clients; nothing is sent before the first call. `address` is for all services, or one for each; see {@link targetOf}.
 * Every failed call throws a `DomainError`. UNAVAILABLE is repeated within the deadline, but only for calls that name
 * an idempotency key or are `repeatable`. The newest position token of a service's answers goes along with the next
 * calls to it, so that a client reads its own writes.
 */
export function connect(
  address: string | Readonly<Record<ServiceName, string>>,
  { defaults = {}, passOn = () => ({}), clock = systemClock, chance = systemChance }: ConnectOptions = {},
): Connection {
  const clients = new Map<string, Client>();
  const clientAt = (target: string): Client => {
    const known = clients.get(target);
    if (known !== undefined) return known;
    const { target: uri, options } = targetOf(target);
    const client = new Client(uri, credentials.createInsecure(), { ...channelOptions, ...options });
    clients.set(target, client);
    return client;
  };
  const channelOf = (name: ServiceName): Channel => {
    const target = typeof address === 'string' ? address : address[name];
    return { client: clientAt(target), address: target };
  };
  let newest: string | undefined;
  const onPosition = (position: string) => (newest = position);
  const entries = Object.entries(services).map(([name, definition]) => [
    name,
    serviceClient(channelOf(name as ServiceName), definition, {
      defaults,
      passOn,
      clock,
      chance,
      onPosition,
    }),
  ]);
  return {
    ...(Object.fromEntries(entries) as Omit<Connection, 'close' | 'health' | 'newestPosition'>),
    health: (name, options) => healthOf(channelOf(name), services[name], { ...defaults, ...options }),
    newestPosition: () => newest,
    close: () => clients.forEach((client) => client.close()),
  };
}

const healthDeadlineMs = 5_000;

async function healthOf(
  channel: Channel,
  definition: ServiceDefinition,
  options: CallOptions,
): Promise<ServingStatus> {
  // `/holdfast.registry.v1.Registry/DeclareKnob`
  const service = Object.values(definition)[0]?.path.split('/')[1] ?? '';
  try {
    const call = { deadlineMs: healthDeadlineMs, ...options };
    return (await callUnary(channel, checkHealth, { service }, call)) as ServingStatus;
  } catch (error) {
    if (isDomainError(error) && error.kind === 'not-found') return 'unknown';
    throw error;
  }
}

function serviceClient(
  channel: Channel,
  definition: ServiceDefinition,
  {
    defaults,
    passOn,
    clock,
    chance,
    onPosition,
  }: Required<ConnectOptions> & { onPosition(position: string): void },
): Record<string, unknown> {
  let seenPosition: string | undefined;
  const complete = (options: CallOptions, deadlineMs?: number): CallOptions => ({
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(seenPosition === undefined ? {} : { minPosition: seenPosition }),
    ...defaults,
    ...options,
    metadata: { ...passOn(), ...defaults.metadata, ...options.metadata },
  });
  const remember = (response: unknown): unknown => {
    const position = (response as { position?: unknown } | undefined)?.position;
    if (typeof position === 'string' && position !== '') onPosition((seenPosition = position));
    return response;
  };
  const unary =
    (method: AnyMethod) =>
    async (request: unknown, given: CallOptions = {}) => {
      const options = complete(given, unaryDeadlineMs);
      const { idempotencyKey, repeatable = false, deadlineMs = unaryDeadlineMs, signal } = options;
      const once = (leftMs: number) =>
        callUnary(channel, method, request, { ...options, deadlineMs: leftMs });
      if (idempotencyKey === undefined && !repeatable) return remember(await once(deadlineMs));
      const policy = {
        clock,
        chance,
        withinMs: deadlineMs,
        retryForMs: options.retryForMs ?? retryForMs,
        signal,
      };
      return remember(await retryUnavailable(policy, once));
    };
  const call = (method: AnyMethod) => {
    if (method.requestStream)
      return async (requests: AsyncIterable<unknown> | Iterable<unknown>, options: CallOptions = {}) =>
        remember(await callUpload(channel, method, requests, complete(options)));
    if (method.responseStream)
      return (request: unknown, options: CallOptions = {}) =>
        callDownload(channel, method, request, complete(options, defaults.deadlineMs));
    return unary(method);
  };
  return Object.fromEntries(Object.entries(definition).map(([name, method]) => [name, call(method)]));
}
