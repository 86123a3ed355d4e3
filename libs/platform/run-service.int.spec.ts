import { afterAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const platform = new URL('./index.js', import.meta.url).href;

const dir = mkdtempSync(join(tmpdir(), 'run-service-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A process that serves one service with one module, as a `serve.ts` would; `HOLDFAST_*` come from `env`. */
function start(env: Record<string, string>, moduleBody = '') {
  const main = `
    import { runAlone, ServiceConfig } from '${platform}';
    class AppModule { ${moduleBody} }
    await runAlone({ name: 'test', config: ServiceConfig, services: [], module: () => ({ module: AppModule }) });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', main], {
    env: { ...process.env, HOLDFAST_GRPC_PORT: '0', HOLDFAST_DATA_DIR: dir, ...env },
    cwd: new URL('../../..', import.meta.url).pathname,
  });
  let text = '';
  const said = (part: string) =>
    new Promise<void>((resolve) => {
      const look = () => text.includes(part) && resolve();
      child.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        look();
      });
      child.once('close', () => resolve());
    });
  // What it said last may come after its exit.
  const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, text }));
  return { child, said, ended };
}

describe('a process', () => {
  it('drains and exits 0 on SIGTERM, after its modules have closed', async () => {
    const dataDir = join(dir, 'lab', 'registry');
    const { child, said, ended } = start(
      { HOLDFAST_DATA_DIR: dataDir },
      `onModuleDestroy() { process.stderr.write('module closed\\n'); }`,
    );
    await said('"listening"');
    child.kill('SIGTERM');
    const { status, text } = await ended;
    expect(status).toBe(0);
    expect(text).toMatch(/stopping[^]*module closed/);
    // Where engines keep everything, the key of an auditor is the first thing in it.
    expect(existsSync(dataDir)).toBe(true);
  });

  it('exits at once on a second signal', async () => {
    const { child, said, ended } = start(
      { HOLDFAST_DATA_DIR: '/proc/none' },
      'onModuleDestroy() { return new Promise(() => setInterval(() => {}, 1e6)); }',
    );
    await said('"listening"');
    const stopping = said('"stopping"');
    child.kill('SIGINT');
    await stopping;
    child.kill('SIGINT');
    const { status, text } = await ended;
    expect(status).toBe(130);
    expect(text).toContain('/proc/none cannot be used');
  });

  it('exits 2 with every problem of its settings, and repeats no value', async () => {
    const { said, ended } = start({ HOLDFAST_GRPC_PORT: 'hunter2', HOLDFAST_LOG_LEVEL: 'hunter2' });
    void said('');
    const { status, text } = await ended;
    expect(status).toBe(2);
    expect(text).toContain('HOLDFAST_GRPC_PORT');
    expect(text).toContain('HOLDFAST_LOG_LEVEL');
    expect(text).not.toMatch(/hunter2| at /);
  });

  it('exits 1 and says why when a module cannot start', async () => {
    const { said, ended } = start({}, `onModuleInit() { throw new Error('no disk'); }`);
    void said('');
    const { status, text } = await ended;
    expect(status).toBe(1);
    expect(text).toContain('no disk');
  });
});
