import { Module, type DynamicModule } from '@nestjs/common';
import { join } from 'node:path';
import { openUploads } from '#runtime';
import {
  diagnoseController,
  parkedController,
  projectionController,
  serviceModule,
  type ServiceOptions,
} from '#service';
import type { RegistryConfig } from './config.js';
import { BlobController } from './grpc/blob.controller.js';
import { BlueprintController } from './grpc/blueprint.controller.js';
import { DatasetController } from './grpc/dataset.controller.js';
import { EnvironmentController } from './grpc/environment.controller.js';
import { KnobController } from './grpc/knob.controller.js';
import { openRegistry, REGISTRY } from './registry.js';

/** The registry: declares what experiments are made of, and takes blobs in. */
@Module({
  controllers: [
    BlueprintController,
    KnobController,
    DatasetController,
    EnvironmentController,
    BlobController,
    projectionController('Registry', REGISTRY),
    parkedController('Registry', REGISTRY),
    diagnoseController('Registry'),
  ],
})
export class RegistryModule {
  static with(options: ServiceOptions<RegistryConfig>): DynamicModule {
    return serviceModule({
      name: 'registry',
      module: RegistryModule,
      token: REGISTRY,
      options,
      open: async ({ runtime, config: { dataDir, maxBlobBytes }, clock, reach }) => {
        const { artifacts } = runtime.engines;
        const dir = join(dataDir, 'uploads');
        return openRegistry(runtime, await openUploads({ artifacts, dir, clock, maxBlobBytes, reach }));
      },
    });
  }
}
