import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { ServiceConfig } from '#platform';

const bytes = { message: 'must be a whole number of bytes from 1 to 9007199254740991' };
const ms = (from: number) => ({
  message: `must be a whole number of milliseconds from ${from} to 31536000000`,
});
const yearMs = 365 * 24 * 60 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;

export class ProvenanceConfig extends ServiceConfig {
  /** The largest bundle that may be imported; default 64 GiB. */
  @Type(() => Number)
  @IsInt(bytes)
  @Min(1, bytes)
  @Max(Number.MAX_SAFE_INTEGER, bytes)
  maxImportBytes = 64 * 2 ** 30;

  /** Garbage collection leaves every blob alone that is younger; default a day. */
  @Type(() => Number)
  @IsInt(ms(0))
  @Min(0, ms(0))
  @Max(yearMs, ms(0))
  gcMinAgeMs = dayMs;

  /** Every blob is hashed again in the background this often; default a day. */
  @Type(() => Number)
  @IsInt(ms(1000))
  @Min(1000, ms(1000))
  @Max(yearMs, ms(1000))
  scrubEveryMs = dayMs;

  /** Where the scheduler answers; in one process with it that is known without. */
  @IsOptional()
  @Matches(/^[^\s:/]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i, { message: 'must be HOST:PORT' })
  schedulerAddress: string | undefined = undefined;
}
