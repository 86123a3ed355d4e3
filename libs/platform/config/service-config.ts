import { join } from 'node:path';
import { logLevels, type LogLevel } from '../log/log.js';
import {
  artifactStorePlace,
  eventStorePlace,
  messageBusPlace,
  peoplePlace,
  readStorePlace,
} from './place-settings.js';
import { Accepts, anyText, oneOf, wholeNumber } from './setting.js';

const port = wholeNumber(0, 65535);

/** What every service can be told; the defaults serve the embedded mode. Extend it for settings of one service. */
export class ServiceConfig {
  /** Where everything lies that has no address of its own. */
  @Accepts(anyText)
  dataDir = '.holdfast';

  @Accepts(eventStorePlace)
  eventStore: string | undefined = undefined;

  @Accepts(readStorePlace)
  readStore: string | undefined = undefined;

  @Accepts(messageBusPlace)
  messageBus = 'memory:';

  @Accepts(artifactStorePlace)
  artifactStore: string | undefined = undefined;

  /** Names of people and the keys of their texts; one for all services, and backed up apart from everything else. */
  @Accepts(peoplePlace)
  people: string | undefined = undefined;

  @Accepts(anyText)
  grpcHost = '127.0.0.1';

  /** 0 takes any free port. */
  @Accepts(port)
  grpcPort = 4653;

  /** Health and metrics; absent means none, 0 takes any free port. */
  @Accepts(port)
  httpPort: number | undefined = undefined;

  @Accepts(oneOf(logLevels))
  logLevel: LogLevel = 'info';

  /** The newest event version that may be written; raised only when every reader knows it. */
  @Accepts(wholeNumber(1, 1000))
  writeSchema = 1;
}

/** A place as the settings write it, taken apart: `sqlite:data/events.db` is `{ engine: 'sqlite', at: 'data/events.db' }`. */
export interface Place {
  readonly engine: string;
  readonly at: string;
}

export function parsePlace(setting: string): Place {
  const colon = setting.indexOf(':');
  return { engine: setting.slice(0, colon), at: setting.slice(colon + 1) };
}

/** Where everything is kept; what was not set lies in the data folder. */
export const placesOf = (
  config: ServiceConfig,
): Readonly<Record<'eventStore' | 'readStore' | 'messageBus' | 'artifactStore' | 'people', Place>> => ({
  eventStore: parsePlace(config.eventStore ?? `sqlite:${join(config.dataDir, 'events.sqlite')}`),
  readStore: parsePlace(config.readStore ?? `sqlite:${join(config.dataDir, 'views.sqlite')}`),
  messageBus: parsePlace(config.messageBus),
  artifactStore: parsePlace(config.artifactStore ?? `file:${join(config.dataDir, 'artifacts')}`),
  people: parsePlace(
    config.people ?? sharedWith(config.readStore) ?? `file:${join(config.dataDir, 'people')}`,
  ),
});

/** Services that share no folder share MongoDB; people have a database of their own there. */
const sharedWith = (readStore: string | undefined): string | undefined =>
  readStore?.startsWith('mongodb') ? readStore : undefined;
