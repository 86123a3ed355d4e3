import { Accepts, ServiceConfig, wholeNumber } from '#platform';

export class RegistryConfig extends ServiceConfig {
  /** The largest blob that clients may upload; default 64 GiB. */
  @Accepts(wholeNumber(1, Number.MAX_SAFE_INTEGER, 'bytes'))
  maxBlobBytes = 64 * 2 ** 30;
}
