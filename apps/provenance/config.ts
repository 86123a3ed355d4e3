import { join } from 'node:path';
import { signingKeyForm } from '#key-store';
import { Accepts, anyText, hostAndPort, matching, ServiceConfig, wholeNumber } from '#platform';

const signingKey = matching(signingKeyForm, 'must be file:PATH, env:NAME or command:PROGRAM ARGUMENTS');

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

  /** Runs whose retention class has run out are disposed of this often; default 0: only by `gc`. */
  @Accepts(wholeNumber(0, yearMs, 'milliseconds'))
  disposeEveryMs = 0;

  /** Where the scheduler answers; in one process with it that is known without. */
  @Accepts(hostAndPort)
  schedulerAddress: string | undefined = undefined;

  /** Where the auditor answers, which proves that the log holds what is exported; in one process with it that is known without. */
  @Accepts(hostAndPort)
  auditorAddress: string | undefined = undefined;

  /** The key that attestations are signed with; see `#key-store`. Default `file:` in the data folder. */
  @Accepts(signingKey)
  signingKey: string | undefined = undefined;

  /** The name of that key, and of the audit log. */
  @Accepts(anyText)
  logOrigin: string | undefined = undefined;
}

export const signingKeyOf = ({ signingKey: given, dataDir }: ProvenanceConfig): string =>
  given ?? `file:${join(dataDir, 'keys', 'signing.pem')}`;
