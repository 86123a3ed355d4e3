import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { ServiceConfig } from '#platform';

const message = 'must be a whole number of bytes from 1 to 9007199254740991';

export class RegistryConfig extends ServiceConfig {
  /** The largest blob that clients may upload; default 64 GiB. */
  @Type(() => Number)
  @IsInt({ message })
  @Min(1, { message })
  @Max(Number.MAX_SAFE_INTEGER, { message })
  maxBlobBytes = 64 * 2 ** 30;
}
