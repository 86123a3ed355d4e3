import { Module, type DynamicModule } from '@nestjs/common';
import {
  diagnoseController,
  parkedController,
  projectionController,
  serviceModule,
  type ServiceOptions,
} from '#service';
import { AUDITOR, openAuditor } from './auditor.js';
import type { AuditorConfig } from './config.js';
import { BaselineController } from './grpc/baseline.controller.js';
import { DriftController } from './grpc/drift.controller.js';
import { HistoryController } from './grpc/history.controller.js';

/** The auditor: replays history, keeps baselines, finds drift and names its causes. */
@Module({
  controllers: [
    HistoryController,
    BaselineController,
    DriftController,
    projectionController('Auditor', AUDITOR),
    parkedController('Auditor', AUDITOR),
    diagnoseController('Auditor'),
  ],
})
export class AuditorModule {
  static with(options: ServiceOptions<AuditorConfig>): DynamicModule {
    return serviceModule({
      name: 'auditor',
      module: AuditorModule,
      token: AUDITOR,
      options,
      open: ({ runtime, clock }) => openAuditor(runtime, clock),
    });
  }
}
