import { Transform } from 'class-transformer';
import { IsBoolean } from 'class-validator';
import { ServiceConfig } from '#platform';

export class StandaloneConfig extends ServiceConfig {
  /** `1`: ends when standard input is closed, so that it does not outlive whoever started it. */
  @Transform(({ value }) => (value === '1' ? true : value === '0' ? false : (value as unknown)))
  @IsBoolean({ message: 'must be 1 or 0' })
  exitWithStdin = false;
}
