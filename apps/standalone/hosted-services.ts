import type { DynamicModule } from '@nestjs/common';
import { AuditorConfig, AuditorModule, auditorServices } from '#apps/auditor';
import { ExecutorConfig, ExecutorModule, executorServices } from '#apps/executor';
import { ProvenanceConfig, ProvenanceModule, provenanceServices } from '#apps/provenance';
import { RegistryConfig, RegistryModule, registryServices } from '#apps/registry';
import { SchedulerConfig, SchedulerModule, schedulerServices } from '#apps/scheduler';
import type { SharedEngines } from '#engines';
import type { HostedService, ServiceConfig } from '#platform';

/** What every hosted service is given. */
export interface Hosting {
  readonly shared: SharedEngines;
  readonly version: string;
  readonly fault?: string | undefined;
  /** Where all services of this process answer; settles when the port is bound. */
  readonly address: Promise<string>;
}

/** One service as it is hosted here. */
export interface HostedApp<Config extends ServiceConfig = ServiceConfig> {
  readonly name: string;
  readonly Config: new () => Config;
  readonly services: readonly HostedService[];
  module(config: Config, hosting: Hosting): DynamicModule;
}

const app = <Config extends ServiceConfig>(row: HostedApp<Config>): HostedApp => row as unknown as HostedApp;

/** The services of this process. One more is one more row. */
export const hostedApps: readonly HostedApp[] = [
  app({
    name: 'registry',
    Config: RegistryConfig,
    services: registryServices,
    module: (config, { shared, version, fault }) => RegistryModule.with({ config, version, shared, fault }),
  }),
  app({
    name: 'scheduler',
    Config: SchedulerConfig,
    services: schedulerServices,
    module: (config, { shared, version, fault, address }) =>
      SchedulerModule.with({ config, version, shared, fault, address }),
  }),
  app({
    name: 'auditor',
    Config: AuditorConfig,
    services: auditorServices,
    module: (config, { shared, version, fault, address }) =>
      AuditorModule.with({ config, version, shared, fault, address }),
  }),
  app({
    name: 'provenance',
    Config: ProvenanceConfig,
    services: provenanceServices,
    module: (config, { shared, version, fault, address }) =>
      ProvenanceModule.with({ config, version, shared, fault, address }),
  }),
  app({
    name: 'executor',
    Config: ExecutorConfig,
    services: executorServices,
    module: (config, { shared, version, fault, address }) =>
      ExecutorModule.with({ config, version, shared, fault, address }),
  }),
];
