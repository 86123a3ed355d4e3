import { Inject, Module, type DynamicModule, type OnModuleDestroy } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { killAt, type Chance, type Clock } from '#kernel';
import { openBusAndArtifacts, probesOf, type SharedEngines } from '#engines';
import {
  CHANCE,
  CLOCK,
  EarlyCalls,
  followEngine,
  followReadiness,
  Health,
  INSTRUMENTS,
  LOG,
  placesOf,
  StopWork,
  type FollowedBy,
  type Log,
} from '#platform';
import type { Instruments } from '#observability';
import {
  countingDeadLetters,
  DIAGNOSE,
  diagnoseController,
  diagnoseEarly,
  diagnosing,
  patienceOf,
  peer,
  type Diagnose,
} from '#service';
import { lockFor } from '#sqlite';
import { openDataInputs } from './attempt/data-inputs.js';
import { openTelemetry } from './attempt/telemetry.js';
import { labelsOf, type ExecutorConfig } from './config.js';
import { EXECUTOR, openExecutor, type Executor } from './executor.js';
import { ExecutorController } from './grpc/executor.controller.js';
import { openCores } from './host/cores.js';
import { openIdentity } from './host/identity.js';
import { patientStore } from './host/patient-store.js';
import { openSandboxes } from './host/sandboxes.js';

const LIFE = Symbol('ExecutorLife');

/** What was opened for this module, with its end. */
interface Life {
  readonly executor: Executor;
  readonly diagnose: Diagnose;
  close(): Promise<void>;
}

export interface ExecutorModuleOptions {
  readonly config: ExecutorConfig;
  readonly version: string;
  /** Absent: opened and closed here. */
  readonly shared?: Pick<SharedEngines, 'bus' | 'artifacts'>;
  /** Where this process answers; the scheduler too, unless the settings say where that is. Settles when the port is bound. */
  readonly address: Promise<string>;
  readonly fault?: string | undefined;
}

const openOwn = (config: ExecutorConfig, fault: string | undefined, parts: FollowedBy, early: EarlyCalls) =>
  openBusAndArtifacts(placesOf(config), { fault, patience: patienceOf(parts, early) });

async function open(
  { config, version, shared: given, address, fault }: ExecutorModuleOptions,
  clock: Clock,
  chance: Chance,
  log: Log,
  health: Health,
  early: EarlyCalls,
  stopWork: StopWork,
  instruments: Instruments,
): Promise<Life> {
  const dataDir = resolve(config.dataDir);
  const reach = killAt(fault) ?? (() => undefined);
  const ends: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const lock = lockFor(join(dataDir, 'executor'));
    ends.push(() => lock.release());
    const parts = { health, clock, log };
    const diagnose = diagnosing({ name: 'executor', version, health, places: placesOf(config) });
    diagnoseEarly(early, 'Executor', diagnose);
    const own = given === undefined ? await openOwn(config, fault, parts, early) : undefined;
    if (own) ends.push(() => own.close());
    for (const engine of own ? probesOf(own) : []) ends.push(followEngine(engine, parts));
    const { bus: plainBus, artifacts: plainArtifacts } = given ?? (own as NonNullable<typeof own>);
    const stopping = new AbortController();
    const artifacts = patientStore(plainArtifacts, clock, stopping.signal);
    ends.push(stopWork.before(() => Promise.resolve(stopping.abort())));
    const bus = countingDeadLetters(plainBus, instruments.meter);
    const scratchDir = join(dataDir, 'scratch');
    const sandboxes = await openSandboxes({ ...config, scratchDir, store: artifacts, clock, reach });
    ends.push(() => sandboxes.close());
    const executorId = await openIdentity(dataDir, chance);
    const scheduler = peer({
      caller: 'executor',
      type: 'executor',
      actor: executorId,
      address: config.schedulerAddress ?? address,
      tracer: instruments.tracer,
    });
    ends.push(() => scheduler.close());
    const executor = openExecutor({
      door: scheduler.connection().then((connection) => connection.scheduler),
      address,
      pool: config.pool,
      labels: labelsOf(config),
      slots: config.slots,
      release: version,
      scratchDir,
      ...{ bus, clock, chance, log, instruments, reach },
      workplace: {
        executorId,
        artifacts,
        sandboxes,
        dataInputs: openDataInputs(artifacts),
        secretsDir: config.secretsDir,
        nodePath: process.execPath,
        environmentsDir: join(dataDir, 'environments'),
        architecture: process.arch,
        cores: openCores(availableParallelism()),
        telemetry: openTelemetry(bus),
        pool: config.pool,
        ...{ clock, chance, log, instruments, reach },
      },
    });
    ends.push(() => executor.close(0));
    ends.push(stopWork.before((withinMs) => executor.close(withinMs)));
    ends.push(followReadiness(health, 'executor:pool', () => executor.unready(), clock));
    return { executor, diagnose, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The executor: takes runs of a pool and carries them out. */
@Module({ controllers: [ExecutorController, diagnoseController('Executor')] })
export class ExecutorModule implements OnModuleDestroy {
  constructor(@Inject(LIFE) private readonly life: Life) {}

  static with(options: ExecutorModuleOptions): DynamicModule {
    return {
      module: ExecutorModule,
      providers: [
        {
          provide: LIFE,
          inject: [CLOCK, CHANCE, LOG, Health, EarlyCalls, StopWork, INSTRUMENTS],
          useFactory: (
            clock: Clock,
            chance: Chance,
            log: Log,
            health: Health,
            early: EarlyCalls,
            stopWork: StopWork,
            instruments: Instruments,
          ) => open(options, clock, chance, log, health, early, stopWork, instruments),
        },
        { provide: EXECUTOR, inject: [LIFE], useFactory: ({ executor }: Life) => executor },
        { provide: DIAGNOSE, inject: [LIFE], useFactory: ({ diagnose }: Life) => diagnose },
      ],
    };
  }

  async onModuleDestroy(): Promise<void> {
    await this.life.close();
  }
}
