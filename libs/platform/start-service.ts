import 'reflect-metadata';
import { Module, type DynamicModule, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { systemChance, systemClock, type Chance, type Clock } from '#kernel';
import { EarlyCalls } from './grpc/early-calls.js';
import { ErrorFilter } from './grpc/error.filter.js';
import { GrpcServer } from './grpc/grpc-server.js';
import type { HostedService } from './grpc/service.js';
import { Health } from './health/health.js';
import { openHttpEndpoints } from './health/http-endpoints.js';
import { openInstruments, type ProcessInstruments } from './instruments.js';
import { createLog, type Log } from './log/log.js';
import { nestLogger } from './log/nest-logger.js';
import { PlatformModule } from './platform.module.js';
import { StopWork } from './stop-work.js';

export interface StartOptions {
  /** For logs and metrics: `registry`, `standalone`. */
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly services: readonly HostedService[];
  readonly host: string;
  /** 0 takes a free port. */
  readonly grpcPort: number;
  /** Absent: no health and metrics over HTTP. */
  readonly httpPort?: number | undefined;
  /** How long work, and then running calls, may take to end at a stop; default 10,000 ms. */
  readonly drainMs?: number;
  readonly log?: Log;
  /** Opened before, for what was opened before; closed at the end. Absent: opened here. */
  readonly instruments?: ProcessInstruments;
  readonly clock?: Clock;
  readonly chance?: Chance;
}

export interface Running {
  readonly grpcPort: number;
  /** `host:port` for `connect` of `#rpc`. */
  readonly address: string;
  readonly httpPort?: number;
  readonly health: Health;
  readonly log: Log;
  /** Drains, closes the modules, then the endpoints. Calling it again waits for the same end. */
  close(): Promise<void>;
}

@Module({})
class ProcessModule {}

/**
 * Starts a Nest application that serves gRPC; returns when it listens. It owns no signal and no global, so that tests
 * start several in one process. What a module opens it closes in `onModuleDestroy`, which runs after the last call.
 */
export async function startService(options: StartOptions): Promise<Running> {
  const { name, host, drainMs = 10_000, clock = systemClock, chance = systemChance } = options;
  const isRead = options.httpPort !== undefined;
  const plain = options.log ?? createLog({ service: name, clock });
  const instruments = options.instruments ?? (await openInstruments({ service: name, isRead, log: plain }));
  const { log, meter, tracer, readable } = instruments;
  const health = new Health();
  meter.whenRead((told) => {
    for (const { part, because } of health.parts())
      told('holdfast_part_ready', { part }, because === undefined ? 1 : 0);
  });
  const [early, stopWork] = [new EarlyCalls(), new StopWork()];
  const calls = { health, early, meter, tracer, log };
  const server = new GrpcServer({ ...options, port: options.grpcPort, drainMs, ...calls });
  // Probes are answered while the modules still wait for what they need.
  health.unready('process', 'starting');
  const http =
    options.httpPort === undefined || readable === undefined
      ? undefined
      : await openHttpEndpoints({ host, port: options.httpPort }, health, readable);
  const root: DynamicModule = {
    module: ProcessModule,
    imports: [
      PlatformModule.of({ log, health, clock, chance, early, stopWork, instruments }),
      options.module,
    ],
  };
  let app: INestMicroservice | undefined;
  try {
    app = await NestFactory.createMicroservice<MicroserviceOptions>(root, {
      strategy: server,
      logger: nestLogger(log),
      abortOnError: false,
    });
    const started = app;
    started.useGlobalFilters(new ErrorFilter());
    await started.listen();
    health.ready('process');
    let closing: Promise<void> | undefined;
    const close = async () => {
      health.unready('process', 'stopping');
      await stopWork.run(drainMs, (error) => log.error('work could not be stopped', { error }));
      await started.close();
      await http?.close();
      await instruments.close();
    };
    return {
      grpcPort: server.boundPort,
      address: `${host.includes(':') ? `[${host}]` : host}:${server.boundPort}`,
      ...(http === undefined ? {} : { httpPort: http.port }),
      health,
      log,
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await app?.close();
    await server.close();
    await http?.close();
    await instruments.close();
    throw error;
  }
}
