import { Module, type DynamicModule } from '@nestjs/common';
import {
  diagnoseController,
  parkedController,
  projectionController,
  serviceModule,
  type ServiceOptions,
} from '#service';
import type { SchedulerConfig } from './config.js';
import { AttemptController } from './grpc/attempt.controller.js';
import { DeadLetterController } from './grpc/dead-letter.controller.js';
import { ExecutorController } from './grpc/executor.controller.js';
import { RunController } from './grpc/run.controller.js';
import { SweepController } from './grpc/sweep.controller.js';
import { poolsOf } from './tell-queue.js';
import { closeScheduler, decoders, openScheduler, SCHEDULER } from './scheduler.js';

/** The scheduler: admits runs, queues them, leases them to executors and records what became of them. */
@Module({
  controllers: [
    RunController,
    ExecutorController,
    AttemptController,
    SweepController,
    DeadLetterController,
    projectionController('Scheduler', SCHEDULER),
    parkedController('Scheduler', SCHEDULER),
    diagnoseController('Scheduler'),
  ],
})
export class SchedulerModule {
  static with(options: ServiceOptions<SchedulerConfig>): DynamicModule {
    return serviceModule({
      name: 'scheduler',
      module: SchedulerModule,
      token: SCHEDULER,
      options,
      decoders,
      open: openScheduler,
      pools: ({ present, clock }) => poolsOf(present, clock),
      close: closeScheduler,
    });
  }
}
