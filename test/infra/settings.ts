import { AuditorConfig } from '#apps/auditor';
import { ExecutorConfig } from '#apps/executor';
import { ProvenanceConfig } from '#apps/provenance';
import { RegistryConfig } from '#apps/registry';
import { SchedulerConfig } from '#apps/scheduler';
import { loadConfig } from '#platform';

const configs = {
  registry: RegistryConfig,
  scheduler: SchedulerConfig,
  executor: ExecutorConfig,
  provenance: ProvenanceConfig,
  auditor: AuditorConfig,
};
export const serviceNames = Object.keys(configs) as (keyof typeof configs)[];

/** What a service says of its environment when it starts: warnings, or why it would not. */
export function complaints(service: keyof typeof configs, env: Readonly<Record<string, string>>): string[] {
  const said: string[] = [];
  try {
    loadConfig<object>(configs[service], env, (message) => said.push(message));
  } catch (error) {
    said.push(String(error), JSON.stringify((error as { problems?: unknown }).problems));
  }
  return said;
}
