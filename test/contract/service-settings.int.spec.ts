import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceNames } from '../support/system.js';

const secret = 'hunter2';
/** Every setting that all services have, wrong, and with something in it that nobody may be shown. */
const wrong = {
  HOLDFAST_GRPC_PORT: secret,
  HOLDFAST_HTTP_PORT: `1${secret}`,
  HOLDFAST_LOG_LEVEL: secret,
  HOLDFAST_WRITE_SCHEMA: secret,
  HOLDFAST_EVENT_STORE: `esdb://u:${secret}@`,
  HOLDFAST_READ_STORE: `mongodb://u:${secret}@`,
  HOLDFAST_MESSAGE_BUS: `kafka://u:${secret}@`,
  HOLDFAST_ARTIFACT_STORE: `s3://u:${secret}@x`,
};
/** Those of one alone. */
const own: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  scheduler: { HOLDFAST_REGISTRY_ADDRESS: `${secret}:x` },
  executor: {
    HOLDFAST_SCHEDULER_ADDRESS: `${secret}:x`,
    HOLDFAST_POOL: `${secret} x`,
    HOLDFAST_LABELS: secret,
  },
};

describe.each(serviceNames)('the %s as a process of its own', (service) => {
  let dir: string;
  beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'holdfast-settings-'))));
  afterAll(() => rm(dir, { recursive: true, force: true }));

  async function start(settings: Readonly<Record<string, string>>) {
    const main = new URL(`../../apps/${service}/main.js`, import.meta.url).pathname;
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env['PATH'], HOLDFAST_DATA_DIR: join(dir, 'data'), ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, errors, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    return { status, out, errors };
  }

  it('refuses wrong settings with status 2, all of them at once, shows no value and touches nothing', async () => {
    const { status, out, errors } = await start({ ...wrong, ...own[service] });
    expect([status, out]).toEqual([2, '']);
    const said = new Set(errors.match(/HOLDFAST_\w+/g));
    expect([...said].sort()).toEqual([...Object.keys(wrong), ...Object.keys(own[service] ?? {})].sort());
    expect(errors).not.toMatch(new RegExp(`${secret}|\\n\\s+at `));
    expect(await readdir(dir)).toEqual([]);
  });

  const asks = { scheduler: 'REGISTRY', provenance: 'SCHEDULER', executor: 'SCHEDULER' } as const;
  if (service in asks)
    it('has to be told whom it asks', async () => {
      const { status, errors } = await start({});
      expect(status).toBe(2);
      expect(errors).toContain(`HOLDFAST_${asks[service as keyof typeof asks]}_ADDRESS: `);
    });
});
