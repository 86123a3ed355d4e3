import { Accepts, hostAndPort, ServiceConfig, wholeNumber } from '#platform';
import { quotaList } from './quotas.js';

const hourMs = 3_600_000;

export class SchedulerConfig extends ServiceConfig {
  /** How long a lease lives without a heartbeat. */
  @Accepts(wholeNumber(100, hourMs, 'milliseconds'))
  leaseTtlMs = 15_000;

  /** How often executors are to send heartbeats; at most a third of the TTL is asked of them. */
  @Accepts(wholeNumber(10, hourMs, 'milliseconds'))
  heartbeatMs = 3_000;

  /** Members of one sweep that are open at a time: enough for a large pool, too few to bury the queue. */
  @Accepts(wholeNumber(1, 10_000, 'members'))
  sweepWindow = 256;

  /** Runs of a namespace that are held at a time: `penguins=4,*=16`; empty: as many as there are slots. */
  @Accepts(quotaList)
  quotas = '';

  /** Runs that may wait; more are refused until there is room. */
  @Accepts(wholeNumber(1, 10_000_000, 'runs'))
  queueLimit = 200_000;

  /** The same for one namespace. */
  @Accepts(wholeNumber(1, 10_000_000, 'runs'))
  namespaceQueueLimit = 100_000;

  /** Where the registry answers; absent in one process with it. */
  @Accepts(hostAndPort)
  registryAddress: string | undefined = undefined;
}
