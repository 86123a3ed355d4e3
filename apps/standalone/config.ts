import { Accepts, flag, matching, ServiceConfig } from '#platform';

/** One file cannot be that of five services. */
const noFile = matching(
  /^mongodb(?:\+srv)?:\/\/\S+$/,
  'must be mongodb://HOST:PORT/… here, or absent: each service has its file in the data folder',
);

export class StandaloneConfig extends ServiceConfig {
  /** `1`: ends when standard input is closed, so that it does not outlive whoever started it. */
  @Accepts(flag)
  exitWithStdin = false;

  @Accepts(noFile)
  override readStore: string | undefined = undefined;
}
