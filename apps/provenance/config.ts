import { Accepts, hostAndPort, ServiceConfig, wholeNumber } from '#platform';

const yearMs = 365 * 24 * 60 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;

export class ProvenanceConfig extends ServiceConfig {
  /** The largest bundle that may be imported; default 64 GiB. */
  @Accepts(wholeNumber(1, Number.MAX_SAFE_INTEGER, 'bytes'))
  maxImportBytes = 64 * 2 ** 30;

  /** Garbage collection leaves every blob alone that is younger; default a day. */
  @Accepts(wholeNumber(0, yearMs, 'milliseconds'))
  gcMinAgeMs = dayMs;

  /** Every blob is hashed again in the background this often; default a day. */
  @Accepts(wholeNumber(1000, yearMs, 'milliseconds'))
  scrubEveryMs = dayMs;

  /** Where the scheduler answers; in one process with it that is known without. */
  @Accepts(hostAndPort)
  schedulerAddress: string | undefined = undefined;
}
