import { availableParallelism } from 'node:os';
import { Accepts, anyText, flag, hostAndPort, matching, oneOf, ServiceConfig, wholeNumber } from '#platform';

const label = '[A-Za-z0-9](?:[A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?';
const poolName = matching(
  /^(?=.{1,63}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
  'must be lower-case letters, digits and single hyphens, at most 63',
);
const labelList = matching(
  new RegExp(`^${label}=${label}(?:,${label}=${label})*$`),
  'must be NAME=VALUE,… of letters, digits, _ . / and -',
);

export const sandboxSettings = ['auto', 'process', 'bubblewrap'] as const;

export class ExecutorConfig extends ServiceConfig {
  /** The pool whose runs are taken. */
  @Accepts(poolName)
  pool = 'default';

  /** What runs may ask for: `gpu=a100,site=north`. */
  @Accepts(labelList)
  labels = '';

  /** Runs at once; default: cores. */
  @Accepts(wholeNumber(1, 1000))
  slots = availableParallelism();

  /** How steps are kept apart; `auto` takes the strongest level that works here. */
  @Accepts(oneOf(sandboxSettings))
  sandbox: (typeof sandboxSettings)[number] = 'auto';

  /** `1`: refuses every level that does not keep the host out of reach. */
  @Accepts(flag)
  sandboxRequired = false;

  /** Copies of large inputs kept for the steps that read them next, at each level, in MiB; `0`: none. */
  @Accepts(wholeNumber(0, 2 ** 30, 'MiB'))
  inputCacheMib = 4096;

  /** Holds the secrets of this host, one file for each: `vault:research/api@3` is `vault/research/api@3`. */
  @Accepts(anyText)
  secretsDir: string | undefined = undefined;

  /** `host:port` of the scheduler; absent: it answers in this process. */
  @Accepts(hostAndPort)
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
