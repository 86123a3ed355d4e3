import type { ServerName } from '../../support/servers/index.js';

interface Table {
  readonly name: string;
}
interface Shared {
  readonly variable: string;
  readonly kind: 'given' | 'real' | 'compatible' | 'missing';
  readonly title: string;
}
interface Doors {
  serverNamed(name: string): Table;
}
interface TestRun {
  shareServers(tables: readonly Table[]): Promise<readonly Shared[]>;
}

const infra = (path: string) => new URL(`../../../../infra/servers/${path}`, import.meta.url).href;

/** Servers that `HOLDFAST_TEST_…` does not name are started; they end with this process. @throws Error when one cannot be had */
export async function sharedEngines(names: readonly ServerName[]): Promise<void> {
  const { serverNamed } = (await import(infra('index.mjs'))) as Doors;
  const { shareServers } = (await import(infra('of-test-run.mjs'))) as TestRun;
  for (const { variable, kind, title } of await shareServers(names.map(serverNamed)))
    if (kind === 'missing') throw new Error(`${variable}: ${title}`);
}
