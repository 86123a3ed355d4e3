import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from '#rpc';

const main = new URL('./main.js', import.meta.url).pathname;
const started: ChildProcessWithoutNullStreams[] = [];
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-standalone-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(dir, { recursive: true, force: true });
});

/** A server process; `first` is its first line on stdout, `ended` its status and everything it said. */
function start(env: Record<string, string> = {}) {
  const { HOLDFAST_LOG_LEVEL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [main], {
    env: { ...inherited, HOLDFAST_DATA_DIR: join(dir, 'data'), HOLDFAST_GRPC_PORT: '0', ...env },
  });
  started.push(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const ended = once(child, 'close').then(([status]) => ({
    status: status as number | null,
    stdout,
    stderr,
  }));
  const first = async () => {
    const said = await Promise.race([line, ended]);
    if (!Array.isArray(said)) throw new Error(`it did not start: ${said.stderr}`);
    return JSON.parse(said[0]) as { pid: number; address: string };
  };
  return { child, first, ended };
}

const recordPath = () => join(dir, 'data', 'server.json');
const lastLine = (text: string) =>
  JSON.parse(text.trim().split('\n').at(-1) as string) as Record<string, unknown>;

describe('standalone', () => {
  it('says once where it answers, keeps what it promised, and ends cleanly', async () => {
    const { child, first, ended } = start();
    const record = await first();
    expect(record).toEqual({ pid: child.pid, address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    expect(JSON.parse(await readFile(recordPath(), 'utf8'))).toEqual(record);
    const client = connect(record.address);
    const declaration = Buffer.from(
      JSON.stringify({ knob: 'l2', type: 'number', default: 0.1, description: 'How much' }),
    );
    await client.registry.declareKnob({ namespace: '', declaration, reason: 'a test' });
    client.close();

    child.kill('SIGTERM');
    const { status, stdout } = await ended;
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(existsSync(recordPath())).toBe(false);

    const again = start();
    const second = connect((await again.first()).address);
    const { knobs } = await second.registry.listKnobs({ namespace: '', pageSize: 0, pageToken: '' });
    expect(knobs).toHaveLength(1);
    second.close();
  });

  it('is the process that was started, its heap bounded; refuses another in its folder or on its port; ends with its standard input if told so', async () => {
    const { child, first, ended } = start({ HOLDFAST_EXIT_WITH_STDIN: '1' });
    const record = await first();
    expect(record.pid).toBe(child.pid);
    if (process.platform === 'linux') {
      const words = (await readFile(`/proc/${record.pid}/cmdline`, 'utf8')).split('\0');
      expect(words).toContain('--max-semi-space-size=8');
      expect(words.filter((word) => word.endsWith('/standalone/main.js'))).toHaveLength(1);
    }
    const same = await start().ended;
    expect([same.status, same.stdout]).toEqual([1, '']);
    expect(lastLine(same.stderr)).toEqual({
      kind: 'unavailable',
      code: 'STORE_IN_USE',
      message: expect.stringContaining(`process ${child.pid}`),
    });
    const other = {
      HOLDFAST_DATA_DIR: join(dir, 'other'),
      HOLDFAST_GRPC_PORT: record.address.split(':')[1]!,
    };
    const taken = await start(other).ended;
    expect(taken.status).toBe(1);
    expect(lastLine(taken.stderr)).toMatchObject({ code: 'CANNOT_LISTEN' });
    expect(existsSync(join(dir, 'other', 'server.json'))).toBe(false);
    expect(JSON.parse(await readFile(recordPath(), 'utf8'))).toEqual(record);
    child.stdin.end();
    expect((await ended).status).toBe(0);
    expect(existsSync(recordPath())).toBe(false);
  });

  it('refuses wrong settings with status 2, all at once', async () => {
    const { status, stderr } = await start({ HOLDFAST_GRPC_PORT: 'x', HOLDFAST_LOG_LEVEL: 'loud' }).ended;
    expect(status).toBe(2);
    expect(lastLine(stderr)).toMatchObject({ kind: 'invalid', code: 'INVALID_CONFIGURATION' });
    expect(lastLine(stderr)['message']).toMatch(/HOLDFAST_GRPC_PORT[^]*HOLDFAST_LOG_LEVEL/);
  });

  it('refuses an engine that cannot be meant so', async () => {
    const engine = await start({ HOLDFAST_MESSAGE_BUS: 'kafka://localhost:9092?tls=perhaps' }).ended;
    expect(engine.status).toBe(2);
    expect(lastLine(engine.stderr)).toMatchObject({ code: 'INVALID_CONFIGURATION' });
  });

  it('refuses a data folder that cannot be one', async () => {
    await writeFile(join(dir, 'file'), '');
    for (const dataDir of [join(dir, 'file'), join(dir, 'file', 'below'), '/proc/none']) {
      const { status, stderr } = await start({ HOLDFAST_DATA_DIR: dataDir }).ended;
      expect(status).toBe(2);
      expect(lastLine(stderr)).toMatchObject({ kind: 'invalid', code: 'DATA_DIR_UNUSABLE' });
    }
  });

  it('refuses places of evidence that can never be written', async () => {
    const given = {
      HOLDFAST_AUDIT_LOG: ['file:/proc/none', 'STORAGE_MISSING'],
      HOLDFAST_PEOPLE: ['file:/proc/none', 'STORAGE_MISSING'],
      HOLDFAST_SIGNING_KEY: ['file:/proc/none/signing.pem', 'SIGNING_KEY_MISSING'],
    };
    for (const [setting, [place, code]] of Object.entries(given)) {
      const { status, stdout, stderr } = await start({ [setting]: place! }).ended;
      expect([status, stdout]).toEqual([1, '']);
      const message = expect.stringContaining(setting);
      expect(lastLine(stderr)).toEqual({ kind: 'unavailable', code, message });
    }
  });

  it('starts again after it was killed in the middle of a commit, with everything it had promised', async () => {
    const { child, first } = start({ HOLDFAST_FAULT: 'event-store:before-commit#3' });
    const { address } = await first();
    const client = connect(address);
    const declare = (knob: string) =>
      client.registry.declareKnob(
        {
          namespace: '',
          declaration: Buffer.from(
            JSON.stringify({ knob, type: 'number', default: 0.1, description: 'How much' }),
          ),
          reason: 'a test',
        },
        { deadlineMs: 30_000 },
      );
    const promised: string[] = [];
    const exited = once(child, 'exit');
    for (const knob of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const { knob: declared } = await declare(knob).catch(() => ({ knob: undefined }));
      if (declared === undefined) break;
      promised.push(declared.name);
    }
    client.close();
    expect((await exited)[1]).toBe('SIGKILL');
    const again = connect((await start().first()).address);
    const { knobs } = await again.registry.listKnobs({ namespace: '', pageSize: 0, pageToken: '' });
    expect(knobs.map(({ name }) => name)).toEqual(expect.arrayContaining(promised));
    expect(promised.length).toBeGreaterThan(0);
    again.close();
  });
});
