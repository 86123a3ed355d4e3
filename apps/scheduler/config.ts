import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { ServiceConfig } from '#platform';

const ms = (from: number) => ({ message: `must be a whole number of milliseconds from ${from} to 3600000` });

const members = { message: 'must be a whole number of members from 1 to 10000' };

export class SchedulerConfig extends ServiceConfig {
  /** How long a lease lives without a heartbeat. */
  @Type(() => Number)
  @IsInt(ms(100))
  @Min(100, ms(100))
  @Max(3_600_000, ms(100))
  leaseTtlMs = 15_000;

  /** How often executors are to send heartbeats; at most a third of the TTL is asked of them. */
  @Type(() => Number)
  @IsInt(ms(10))
  @Min(10, ms(10))
  @Max(3_600_000, ms(10))
  heartbeatMs = 3_000;

  /** Members of one sweep that are open at a time: enough for a large pool, too few to bury the queue. */
  @Type(() => Number)
  @IsInt(members)
  @Min(1, members)
  @Max(10_000, members)
  sweepWindow = 256;

  /** Where the registry answers; absent in one process with it. */
  @IsOptional()
  @Matches(/^[^\s/]+:\d{1,5}$/, { message: 'must be HOST:PORT' })
  registryAddress: string | undefined = undefined;
}
