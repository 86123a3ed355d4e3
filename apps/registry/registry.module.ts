import { Inject, Module, type DynamicModule, type OnModuleDestroy } from '@nestjs/common';
import { join } from 'node:path';
import type { Chance, Clock } from '#kernel';
import { openReadStoreAt, openSharedEngines, type SharedEngines } from '#engines';
import { CHANCE, CLOCK, followReadiness, Health, LOG, placesOf, type Log } from '#platform';
import { openServiceRuntime, openUploads } from '#runtime';
import type { RegistryConfig } from './config.js';
import { BlobController } from './grpc/blob.controller.js';
import { BlueprintController } from './grpc/blueprint.controller.js';
import { DatasetController } from './grpc/dataset.controller.js';
import { EnvironmentController } from './grpc/environment.controller.js';
import { KnobController } from './grpc/knob.controller.js';
import { ProjectionController } from './grpc/projection.controller.js';
import { openRegistry, REGISTRY, type Registry } from './registry.js';

const LIFE = Symbol('RegistryLife');

/** What was opened for this module, with its end. */
interface Life {
  readonly registry: Registry;
  close(): Promise<void>;
}

export interface RegistryOptions {
  readonly config: RegistryConfig;
  readonly version: string;
  /** Absent: opened and closed here. Given: shared with other services, and closed by whoever opened them. */
  readonly shared?: SharedEngines;
  readonly fault?: string | undefined;
}

async function open(
  { config, version, shared: given, fault }: RegistryOptions,
  clock: Clock,
  chance: Chance,
  log: Log,
  health: Health,
): Promise<Life> {
  const places = placesOf(config);
  const shared = given ?? (await openSharedEngines(places, { fault }));
  const closeShared = async () => (given === undefined ? shared.close() : undefined);
  try {
    const readStore = await openReadStoreAt(places.readStore, { fault });
    const runtime = openServiceRuntime({
      name: 'registry',
      version,
      owner: chance.uuid(),
      engines: { ...shared, readStore },
      clock,
      chance,
      onError: (part, error) => log.error('a part of the registry failed', { part, error }),
    });
    const uploads = await openUploads({
      artifacts: shared.artifacts,
      dir: join(config.dataDir, 'uploads'),
      clock,
      maxBlobBytes: config.maxBlobBytes,
    });
    const registry = openRegistry(runtime, uploads);
    const stop = followReadiness(health, 'registry:projections', () => runtime.unready(), clock);
    return {
      registry,
      async close() {
        stop();
        await runtime.close();
        await readStore.close();
        await closeShared();
      },
    };
  } catch (error) {
    await closeShared();
    throw error;
  }
}

/** The registry: declares what experiments are made of, and takes blobs in. */
@Module({
  controllers: [
    BlueprintController,
    KnobController,
    DatasetController,
    EnvironmentController,
    BlobController,
    ProjectionController,
  ],
})
export class RegistryModule implements OnModuleDestroy {
  constructor(@Inject(LIFE) private readonly life: Life) {}

  static with(options: RegistryOptions): DynamicModule {
    return {
      module: RegistryModule,
      providers: [
        {
          provide: LIFE,
          inject: [CLOCK, CHANCE, LOG, Health],
          useFactory: (clock: Clock, chance: Chance, log: Log, health: Health) =>
            open(options, clock, chance, log, health),
        },
        { provide: REGISTRY, inject: [LIFE], useFactory: ({ registry }: Life) => registry },
      ],
    };
  }

  async onModuleDestroy(): Promise<void> {
    await this.life.close();
  }
}
