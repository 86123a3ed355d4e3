import { Module, type DynamicModule } from '@nestjs/common';
import { join } from 'node:path';
import { DomainError } from '#kernel';
import {
  diagnoseController,
  peer,
  parkedController,
  projectionController,
  serviceModule,
  type ServiceOptions,
} from '#service';
import { assertKeyPlace, openSigner } from '#key-store';
import { startBackground } from './background.js';
import { signingKeyOf, type ProvenanceConfig } from './config.js';
import { ArtifactController } from './grpc/artifact.controller.js';
import { BundleController } from './grpc/bundle.controller.js';
import { ReproductionController } from './grpc/reproduction.controller.js';
import { RetentionController } from './grpc/retention.controller.js';
import { openImportsDir } from './import-bundle.js';
import { openProvenance, PROVENANCE, provenanceActor, type Provenance } from './provenance.js';

/** The open service with what ends its background work. */
type Opened = Provenance & { end(): Promise<void> };

/** Provenance: seals bundles, repeats and compares runs, looks after the artifacts. */
@Module({
  controllers: [
    BundleController,
    ReproductionController,
    ArtifactController,
    RetentionController,
    projectionController('Provenance', PROVENANCE),
    parkedController('Provenance', PROVENANCE),
    diagnoseController('Provenance'),
  ],
})
export class ProvenanceModule {
  static with(options: ServiceOptions<ProvenanceConfig>): DynamicModule {
    return serviceModule<ProvenanceConfig, Opened>({
      name: 'provenance',
      module: ProvenanceModule,
      token: PROVENANCE,
      options,
      open: async ({ runtime, config, clock, chance, log, instruments, reach }) => {
        const { dataDir, maxImportBytes, gcMinAgeMs } = config;
        assertKeyPlace(signingKeyOf(config));
        const scheduler = peer({
          caller: 'provenance',
          actor: provenanceActor.id,
          address: config.schedulerAddress ?? options.address ?? unknownAddress(),
          tracer: instruments.tracer,
        });
        const auditor = peer({
          caller: 'provenance',
          actor: provenanceActor.id,
          address: config.auditorAddress ?? options.address ?? nowhere(),
          tracer: instruments.tracer,
        });
        const signer = openedOnce(() => openSigner(signingKeyOf(config), { origin: config.logOrigin }));
        const importsDir = await openImportsDir(join(dataDir, 'imports'), clock);
        const limits = { maxImportBytes, gcMinAgeMs };
        const provenance = openProvenance(runtime, {
          ...{ clock, chance, scheduler, auditor, signer, importsDir, limits, reach },
        });
        const endBackground = startBackground(provenance, config, (what, error) =>
          log.error(`a background ${what} failed`, { error }),
        );
        const end = async () => {
          await endBackground();
          scheduler.close();
          auditor.close();
        };
        return { ...provenance, end };
      },
      signer: ({ signer }) => signer(),
      close: ({ end }) => end(),
    });
  }
}

/** As a process of its own it must be told. */
function unknownAddress(): never {
  const message = 'HOLDFAST_SCHEDULER_ADDRESS: is required when the scheduler is another process';
  throw new DomainError('invalid', 'INVALID_CONFIGURATION', message);
}

/** Without an address of the auditor bundles are exported without proofs, and say so. */
function nowhere(): Promise<string> {
  const message = 'HOLDFAST_AUDITOR_ADDRESS is not set, so nobody can be asked for proofs';
  const refused = Promise.reject(new DomainError('unavailable', 'AUDITOR_UNKNOWN', message));
  refused.catch(() => undefined);
  return refused;
}

/** Opened when first asked for; asked again when that failed. */
function openedOnce<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
