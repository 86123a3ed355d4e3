import { Accepts, flag, ServiceConfig } from '#platform';

export class StandaloneConfig extends ServiceConfig {
  /** `1`: ends when standard input is closed, so that it does not outlive whoever started it. */
  @Accepts(flag)
  exitWithStdin = false;
}
