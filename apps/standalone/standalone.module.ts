import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { SharedEngines } from '#engines';
import { removeRecord } from './server-record.js';

const PLACE = Symbol('StandalonePlace');

interface Place {
  readonly dataDir: string;
  readonly shared: SharedEngines;
}

/** The services in one process, on one event store, one bus and one artifact store. */
@Module({})
export class StandaloneModule implements OnApplicationShutdown {
  constructor(@Inject(PLACE) private readonly place: Place) {}

  static of(place: Place, modules: readonly DynamicModule[]): DynamicModule {
    return {
      module: StandaloneModule,
      imports: [...modules],
      providers: [{ provide: PLACE, useValue: place }],
    };
  }

  /** After every service has closed what is its own. The record goes while the folder is still locked. */
  async onApplicationShutdown(): Promise<void> {
    removeRecord(this.place.dataDir, process.pid);
    await this.place.shared.close();
  }
}
