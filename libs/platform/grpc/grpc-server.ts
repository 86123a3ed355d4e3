import * as grpc from '@grpc/grpc-js';
import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type ChannelOptions,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ServerGrpc } from '@nestjs/microservices';
import { DomainError, systemChance, systemClock } from '#kernel';
import type { Meter } from '#observability';
import { statusName } from '#rpc';
import type { Health } from '../health/health.js';
import type { Log } from '../log/log.js';
import type { ProcessTracer } from '../trace/process-tracer.js';
import { callOrigin } from './call-origin.js';
import { earlyHandler, type EarlyCalls } from './early-calls.js';
import { addHealth } from './health-service.js';
import { rememberCall, type Call } from './live-call.js';
import { addReflection } from './reflection.js';
import { toFailedCall } from './service-error.js';
import { packageDefinition, packageOf, type HostedService } from './service.js';
import { Unreadable } from './unreadable.js';

export interface GrpcServerOptions {
  readonly services: readonly HostedService[];
  readonly host: string;
  /** 0 takes a free one; see `boundPort`. */
  readonly port: number;
  /** How long running calls may take to end when the server closes, in milliseconds. */
  readonly drainMs: number;
  readonly health: Health;
  /** What is answered before the services are there, if anybody has to wait for them. */
  readonly early: EarlyCalls;
  readonly meter: Meter;
  readonly tracer: ProcessTracer;
  readonly log: Log;
}

// grpc-js would print what we report ourselves, past our log.
if (process.env['GRPC_VERBOSITY'] === undefined) setLogVerbosity(logVerbosity.NONE);

const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': 16 * 2 ** 20,
  'grpc.max_send_message_length': 16 * 2 ** 20,
  'grpc.max_concurrent_streams': 1_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // It would keep books of each call for a service that is not offered.
  'grpc.enable_channelz': 0,
};

type Callback = (error: { code?: number } | null, value?: unknown) => void;
type Handler = (call: Call, callback: Callback) => unknown;

interface Begun {
  readonly isStream: boolean;
  readonly correlationId: string;
  readonly endSpan: (failure?: string) => void;
}

const stopping = () =>
  new DomainError('unavailable', 'SERVER_STOPPING', 'the server is stopping; connect again in a moment');

/** Whose services may be added again. */
class EarlyServer extends Server {
  override addService(definition: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    this.removeService(definition);
    super.addService(definition, implementation);
  }
}

/**
 * Nest's gRPC transport, with what it lacks: it binds only when every service is there, tells its port, gives each call
 * a signal that aborts, answers health by readiness, and drains before it closes.
 */
export class GrpcServer extends ServerGrpc {
  readonly #options: GrpcServerOptions;
  readonly #live = new Set<{ abort: AbortController; isStream: boolean }>();
  #stopHealth = () => {};
  #early: Promise<EarlyServer> | undefined;
  boundPort = 0;

  constructor(options: GrpcServerOptions) {
    super({
      package: [...new Set(options.services.map(packageOf))],
      packageDefinition: packageDefinition(options.services),
      url: `${options.host.includes(':') ? `[${options.host}]` : options.host}:${options.port}`,
    });
    this.#options = options;
    options.early.onBegin(() => {
      this.#early ??= this.#openEarly();
      // What keeps it from listening ends the start too, later.
      this.#early.catch((error: unknown) => options.log.error('calls cannot be answered yet', { error }));
    });
  }

  /** Nest would load a second grpc-js, and what reads proto files: definitions are generated. */
  override loadPackageSynchronously<T>(name: string): T {
    return (name === '@grpc/grpc-js' ? grpc : {}) as T;
  }

  /** Nest would bind here, before any service is there. */
  override async createClient(): Promise<Server> {
    return (await this.#early) ?? new Server(channelOptions);
  }

  override async start(callback?: () => void): Promise<void> {
    await this.bindEvents();
    if (this.#early === undefined) await this.#open(this.grpcClient as Server);
    callback?.();
  }

  override createServiceMethod(...given: Parameters<ServerGrpc['createServiceMethod']>): Handler {
    const handler = super.createServiceMethod(...given) as Handler;
    const { requestStream, responseStream } = given[1] as { requestStream: boolean; responseStream: boolean };
    return (call, callback) => this.#handle(handler, call, callback, requestStream || responseStream);
  }

  async #open(server: Server): Promise<void> {
    addReflection(server, this.#options.services);
    this.#stopHealth = addHealth(server, this.#options.services, this.#options.health);
    this.boundPort = await this.#bind(server);
  }

  /** Each service takes the place of its early answers when it is there. */
  async #openEarly(): Promise<EarlyServer> {
    const { early, health, services } = this.#options;
    const server = new EarlyServer(channelOptions);
    for (const { definition } of services) {
      const handlers = Object.entries(definition).map(([name, method]) => {
        const handler = earlyHandler(method, early, health) as Handler;
        const isStream = method.requestStream || method.responseStream;
        return [
          name,
          (call: Call, callback: Callback) => this.#handle(handler, call, callback, isStream),
        ] as const;
      });
      server.addService(definition as ServiceDefinition, Object.fromEntries(handlers));
    }
    this.grpcClient = server;
    await this.#open(server);
    return server;
  }

  /** New calls are refused, streams end with UNAVAILABLE, the others may finish until the drain time is over. */
  override async close(): Promise<void> {
    const server = this.grpcClient as Server | null;
    if (!server) return;
    this.grpcClient = null;
    this.#stopHealth();
    for (const { abort, isStream } of this.#live) if (isStream) abort.abort(stopping());
    await new Promise<void>((resolve) => {
      const hurry = setTimeout(() => {
        for (const { abort } of this.#live) abort.abort(stopping());
        server.forceShutdown();
        resolve();
      }, this.#options.drainMs);
      server.tryShutdown(() => {
        clearTimeout(hurry);
        resolve();
      });
    });
  }

  #handle(handler: Handler, call: Call, callback: Callback, isStream: boolean): unknown {
    const { tracer } = this.#options;
    const origin = callOrigin(call, systemChance);
    return tracer.call({ method: call.getPath(), ...origin }, (endSpan) =>
      this.#answer(handler, call, callback, { isStream, correlationId: origin.correlationId, endSpan }),
    );
  }

  #answer(
    handler: Handler,
    call: Call,
    callback: Callback,
    { isStream, correlationId, endSpan }: Begun,
  ): unknown {
    const { log, meter } = this.#options;
    const [clock, chance] = [systemClock, systemChance];
    const live = { abort: new AbortController(), isStream, log, correlationId, clock, chance };
    const startedMs = performance.now();
    rememberCall(call, live);
    this.#live.add(live);
    const end = (code: string) => {
      if (!this.#live.delete(live)) return;
      const labels = { method: call.getPath(), code };
      meter.observe('holdfast_grpc_call_seconds', labels, (performance.now() - startedMs) / 1000);
      endSpan(code === 'OK' ? undefined : code);
    };
    call.on('cancelled', () => {
      // grpc-js says this of every call that is over, too.
      if (!this.#live.has(live)) return;
      live.abort.abort(new DomainError('cancelled', 'CANCELLED', 'the client left or its deadline is over'));
      end('CANCELLED');
    });
    call.on('error', (error: { code?: number }) => end(statusName(error.code ?? 13)));
    call.on('finish', () => end('OK'));
    const answer: Callback = (error, value) => {
      end(error ? statusName(error.code ?? 13) : 'OK');
      callback(error, value);
    };
    const { request } = call as { readonly request?: unknown };
    if (!(request instanceof Unreadable)) return handler(call, answer);
    const failed = toFailedCall(request.error, call);
    // A call that answers with a stream has nobody to call back.
    return isStream ? call.emit('error', failed) : answer(failed);
  }

  #bind(server: Server): Promise<number> {
    return new Promise((resolve, reject) =>
      server.bindAsync(this.url, ServerCredentials.createInsecure(), (error, port) =>
        error
          ? reject(
              new DomainError(
                'unavailable',
                'CANNOT_LISTEN',
                `cannot listen on ${this.url}: the port is taken or not allowed; choose another with HOLDFAST_GRPC_PORT or --port`,
                { cause: error },
              ),
            )
          : resolve(port),
      ),
    );
  }
}
