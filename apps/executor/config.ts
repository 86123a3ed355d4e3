import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, Matches, Max, Min } from 'class-validator';
import { availableParallelism } from 'node:os';
import { ServiceConfig } from '#platform';

const slots = { message: 'must be a whole number from 1 to 1000' };
const label = '[A-Za-z0-9](?:[A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?';

export const sandboxSettings = ['auto', 'process', 'bubblewrap'] as const;

export class ExecutorConfig extends ServiceConfig {
  /** The pool whose runs are taken. */
  @Matches(/^(?=.{1,63}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, {
    message: 'must be lower-case letters, digits and single hyphens, at most 63',
  })
  pool = 'default';

  /** What runs may ask for: `gpu=a100,site=north`. */
  @Matches(new RegExp(`^(?:${label}=${label}(?:,${label}=${label})*)?$`), {
    message: 'must be NAME=VALUE,… of letters, digits, _ . / and -',
  })
  labels = '';

  /** Runs at once; default: cores. */
  @Type(() => Number)
  @IsInt(slots)
  @Min(1, slots)
  @Max(1000, slots)
  slots = availableParallelism();

  /** How steps are kept apart; `auto` takes the strongest level that works here. */
  @IsIn(sandboxSettings, { message: `must be one of ${sandboxSettings.join(', ')}` })
  sandbox: (typeof sandboxSettings)[number] = 'auto';

  /** `1`: refuses every level that does not keep the host out of reach. */
  @Transform(({ value }) => (value === '1' ? true : value === '0' ? false : (value as unknown)))
  @IsBoolean({ message: 'must be 1 or 0' })
  sandboxRequired = false;

  /** Holds the secrets of this host, one file for each: `vault:research/api@3` is `vault/research/api@3`. */
  @IsOptional()
  @IsNotEmpty()
  secretsDir: string | undefined = undefined;

  /** `host:port` of the scheduler; absent: it answers in this process. */
  @IsOptional()
  @Matches(/^[^\s/]+:\d{1,5}$/, { message: 'must be HOST:PORT' })
  schedulerAddress: string | undefined = undefined;
}

/** The labels as a setting writes them, taken apart. */
export const labelsOf = ({ labels }: Pick<ExecutorConfig, 'labels'>): Record<string, string> =>
  Object.fromEntries(
    labels
      .split(',')
      .filter((pair) => pair !== '')
      .map((pair) => pair.split('=') as [string, string]),
  );
