import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Clock, Chance } from '#kernel';
import type { Instruments } from '#observability';
import { EarlyCalls } from './grpc/early-calls.js';
import { Health } from './health/health.js';
import type { Log } from './log/log.js';
import { StopWork } from './stop-work.js';

/** Tokens of what every module may ask for: `@Inject(LOG) log: Log`. `EarlyCalls`, `Health` and `StopWork` are their own tokens. */
export const LOG = Symbol('Log');
export const CLOCK = Symbol('Clock');
export const CHANCE = Symbol('Chance');
export const INSTRUMENTS = Symbol('Instruments');

export interface PlatformParts {
  readonly log: Log;
  readonly health: Health;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly early: EarlyCalls;
  readonly stopWork: StopWork;
  readonly instruments: Instruments;
}

/** What belongs to the process and not to a service. */
@Global()
@Module({})
export class PlatformModule {
  static of({ log, health, clock, chance, early, stopWork, instruments }: PlatformParts): DynamicModule {
    const providers = [
      { provide: LOG, useValue: log },
      { provide: Health, useValue: health },
      { provide: CLOCK, useValue: clock },
      { provide: CHANCE, useValue: chance },
      { provide: EarlyCalls, useValue: early },
      { provide: StopWork, useValue: stopWork },
      { provide: INSTRUMENTS, useValue: instruments },
    ];
    return { module: PlatformModule, providers, exports: providers };
  }
}
