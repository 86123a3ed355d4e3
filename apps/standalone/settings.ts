import { join } from 'node:path';
import { loadConfig, type ServiceConfig } from '#platform';
import { StandaloneConfig } from './config.js';
import { hostedApps, type HostedApp } from './hosted-services.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface Settings {
  readonly config: StandaloneConfig;
  readonly apps: readonly { readonly app: HostedApp; readonly config: ServiceConfig }[];
  /** Variables that neither this process nor a hosted service knows. */
  readonly warnings: readonly string[];
}

/**
 * The settings of the process and of each service in it. Views are the one thing that services do not share: each has its file, or its
 * database of one MongoDB.
 * @throws INVALID_CONFIGURATION
 */
export function readSettings(env: Env): Settings {
  const heard: (readonly string[])[] = [];
  const load = <Config extends ServiceConfig>(Config: new () => Config, given: Env): Config => {
    const warnings: string[] = [];
    const config = loadConfig(Config, given, (message) => warnings.push(message));
    heard.push(warnings);
    return config;
  };
  const config = load(StandaloneConfig, env);
  const apps = hostedApps.map((app) => {
    const own = `sqlite:${join(config.dataDir, 'views', `${app.name}.sqlite`)}`;
    return { app, config: load(app.Config, { ...env, HOLDFAST_READ_STORE: config.readStore ?? own }) };
  });
  const [first = [], ...others] = heard;
  const nameIn = (warning: string) => warning.split(' ', 1)[0] as string;
  const unknownTo = others.map((warnings) => new Set(warnings.map(nameIn)));
  const warnings = first.filter((warning) => unknownTo.every((names) => names.has(nameIn(warning))));
  return { config, apps, warnings };
}
