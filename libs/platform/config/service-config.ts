import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsOptional, Matches, Max, Min } from 'class-validator';
import { join } from 'node:path';
import { logLevels, type LogLevel } from '../log/log.js';

const port = (from: number) => ({ message: `must be a whole number from ${from} to 65535` });

/** What every service can be told; the defaults serve the embedded mode. Extend it for settings of one service. */
export class ServiceConfig {
  /** Where everything lies that has no address of its own. */
  @IsNotEmpty()
  dataDir = '.holdfast';

  @IsOptional()
  @Matches(/^(sqlite:.+|esdb(\+discover)?:\/\/.+)$/, { message: 'must be sqlite:PATH or esdb://…' })
  eventStore: string | undefined = undefined;

  @IsOptional()
  @Matches(/^(sqlite:.+|mongodb(\+srv)?:\/\/.+)$/, { message: 'must be sqlite:PATH or mongodb://…' })
  readStore: string | undefined = undefined;

  @Matches(/^(memory:|kafka:\/\/.+)$/, { message: 'must be memory: or kafka://HOST:PORT,…' })
  messageBus = 'memory:';

  @IsOptional()
  @Matches(/^(file:.+|s3:\/\/.+)$/, { message: 'must be file:PATH or s3://BUCKET/PREFIX' })
  artifactStore: string | undefined = undefined;

  @IsNotEmpty()
  grpcHost = '127.0.0.1';

  /** 0 takes any free port. */
  @Type(() => Number)
  @IsInt(port(0))
  @Min(0, port(0))
  @Max(65535, port(0))
  grpcPort = 4653;

  /** Health and metrics; absent means none, 0 takes any free port. */
  @IsOptional()
  @Type(() => Number)
  @IsInt(port(0))
  @Min(0, port(0))
  @Max(65535, port(0))
  httpPort: number | undefined = undefined;

  @IsIn(logLevels, { message: `must be one of ${logLevels.join(', ')}` })
  logLevel: LogLevel = 'info';

  /** The newest event version that may be written; raised only when every reader knows it. */
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number from 1 to 1000' })
  @Min(1, { message: 'must be a whole number from 1 to 1000' })
  @Max(1000, { message: 'must be a whole number from 1 to 1000' })
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
): Readonly<Record<'eventStore' | 'readStore' | 'messageBus' | 'artifactStore', Place>> => ({
  eventStore: parsePlace(config.eventStore ?? `sqlite:${join(config.dataDir, 'events.sqlite')}`),
  readStore: parsePlace(config.readStore ?? `sqlite:${join(config.dataDir, 'views.sqlite')}`),
  messageBus: parsePlace(config.messageBus),
  artifactStore: parsePlace(config.artifactStore ?? `file:${join(config.dataDir, 'artifacts')}`),
});
