import { Accepts, hostAndPort, ServiceConfig, wholeNumber } from '#platform';

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

  /** Where the registry answers; absent in one process with it. */
  @Accepts(hostAndPort)
  registryAddress: string | undefined = undefined;
}
