import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { probesOf, type SharedEngines } from '#engines';
import type { Clock } from '#kernel';
import { CLOCK, followEngine, Health, LOG, type Log } from '#platform';
import { removeRecord } from './server-record.js';

const PLACE = Symbol('StandalonePlace');

interface Place {
  readonly dataDir: string;
  readonly shared: SharedEngines;
}

/** The services in one process, on one event store, one bus and one artifact store. */
@Module({})
export class StandaloneModule implements OnApplicationShutdown {
  private readonly unfollow: readonly (() => void)[];

  constructor(
    @Inject(PLACE) private readonly place: Place,
    @Inject(Health) health: Health,
    @Inject(CLOCK) clock: Clock,
    @Inject(LOG) log: Log,
  ) {
    this.unfollow = probesOf(place.shared).map((engine) => followEngine(engine, { health, clock, log }));
  }

  static of(place: Place, modules: readonly DynamicModule[]): DynamicModule {
    return {
      module: StandaloneModule,
      imports: [...modules],
      providers: [{ provide: PLACE, useValue: place }],
    };
  }

  /** After every service has closed what is its own. The record goes while the folder is still locked. */
  async onApplicationShutdown(): Promise<void> {
    for (const end of this.unfollow) end();
    removeRecord(this.place.dataDir, process.pid);
    await this.place.shared.close();
  }
}
