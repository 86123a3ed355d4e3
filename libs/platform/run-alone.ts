import type { DynamicModule } from '@nestjs/common';
import { makeDataFolder } from './config/data-folder.js';
import { loadConfig } from './config/load-config.js';
import { requiredSetting } from './config/required-setting.js';
import type { ServiceConfig } from './config/service-config.js';
import { createLog } from './log/log.js';
import { runMain, runService } from './run-service.js';
import type { StartOptions } from './start-service.js';

/** What a service is started with when it has a process to itself. */
export interface AloneStart<Config> {
  readonly config: Config;
  readonly version: string;
  /** Where tests kill the process. */
  readonly fault: string | undefined;
  /** Where it answers, once it does. */
  readonly bound: Promise<string>;
}

export interface AloneOptions<Config extends ServiceConfig> extends Pick<StartOptions, 'name' | 'services'> {
  readonly config: new () => Config;
  module(start: AloneStart<Config>): DynamicModule;
  /** What it cannot do without where no other service is in its process. */
  readonly needs?: {
    readonly value: (config: Config) => string | undefined;
    readonly setting: string;
    readonly why: string;
  };
}

/** The whole `main` of a service that has a process to itself: settings from the environment, then as {@link runService}. */
export async function runAlone<Config extends ServiceConfig>(options: AloneOptions<Config>): Promise<void> {
  const { name, services, needs } = options;
  await runMain(async () => {
    const warn = (message: string) => createLog({ service: name }).warn(message);
    const config = loadConfig(options.config, process.env, warn);
    makeFolderIfItMay(config.dataDir, warn);
    if (needs) requiredSetting(needs.value(config), needs.setting, needs.why);
    const bound = Promise.withResolvers<string>();
    const start = { config, version: '0.1.0', fault: process.env['HOLDFAST_FAULT'], bound: bound.promise };
    const { address } = await runService({
      ...{ name, services, module: options.module(start) },
      ...{ host: config.grpcHost, grpcPort: config.grpcPort, httpPort: config.httpPort },
      log: createLog({ service: name, level: config.logLevel }),
    });
    bound.resolve(address);
  });
}

/** On engines some services keep nothing of their own: whoever needs the folder says so when it is not there. */
function makeFolderIfItMay(dataDir: string, warn: (message: string) => void): void {
  try {
    makeDataFolder(dataDir);
  } catch (error) {
    warn((error as Error).message);
  }
}
