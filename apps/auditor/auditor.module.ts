import { Module, type DynamicModule } from '@nestjs/common';
import {
  diagnoseController,
  parkedController,
  projectionController,
  serviceModule,
  type ServiceOptions,
} from '#service';
import { AUDITOR, openAuditor, type Auditor } from './auditor.js';
import type { AuditorConfig } from './config.js';
import { AuditController } from './grpc/audit.controller.js';
import { BaselineController } from './grpc/baseline.controller.js';
import { DirectoryController } from './grpc/directory.controller.js';
import { DriftController } from './grpc/drift.controller.js';
import { ExportController } from './grpc/export.controller.js';
import { HistoryController } from './grpc/history.controller.js';
import { LogController } from './grpc/log.controller.js';
import { PeopleController } from './grpc/people.controller.js';
import { openParts } from './open-parts.js';
import { forgetErased } from './people/forget-erased.js';
import { startScheduledAudits } from './verification/scheduled-audits.js';
import { tellAudits } from './verification/told-audits.js';

/** The auditor: replays history, keeps baselines, finds drift and names its causes. */
@Module({
  controllers: [
    HistoryController,
    ExportController,
    LogController,
    AuditController,
    PeopleController,
    DirectoryController,
    BaselineController,
    DriftController,
    projectionController('Auditor', AUDITOR),
    parkedController('Auditor', AUDITOR),
    diagnoseController('Auditor'),
  ],
})
export class AuditorModule {
  static with(options: ServiceOptions<AuditorConfig>): DynamicModule {
    return serviceModule<AuditorConfig, Auditor & { end(): Promise<void> }>({
      name: 'auditor',
      module: AuditorModule,
      token: AUDITOR,
      options,
      open(opening) {
        const auditor = openAuditor(opening.runtime, openParts(opening));
        const endAudits = startScheduledAudits(auditor, opening.config, (part, error) =>
          opening.log.error('an audit failed', { part, error }),
        );
        const { runtime, views } = auditor;
        const endForgetting = forgetErased(views.people, runtime.people, opening.clock, (error) =>
          opening.log.warn('whom a restored directory brought back is not erased yet', { error }),
        );
        const stopTelling = opening.instruments.meter.whenRead((told) => tellAudits(told, auditor));
        const end = async () => {
          stopTelling();
          await endAudits();
          await endForgetting();
          auditor.provenance?.close();
          await auditor.log.close();
        };
        return { ...auditor, end };
      },
      signer: ({ log }) => log.signer(),
      close: ({ end }) => end(),
    });
  }
}
