import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { formatVerifierKey, parseVerifierKey, publicKeyPem, type Signer } from '#evidence';
import { openSigner } from '#key-store';
import { startWitness, type TestWitness } from '../../apps/auditor/log/testing/witness.js';
import { jsonOf, withinProcess, type Said } from '../../apps/cli/testing/cli.js';
import { writeExperiment } from '../../apps/cli/testing/experiment.js';
import { freePort } from '../support/servers/index.js';

const main = new URL('../../apps/standalone/main.js', import.meta.url).pathname;
const root = mkdtempSync(join(tmpdir(), 'holdfast-evidence-'));
const at = (...names: readonly string[]) => join(root, ...names);
const origin = 'lab.example/log';
const seed = (fill: number) => ({ env: { K: Buffer.alloc(32, fill).toString('base64') } });

interface Server {
  readonly child: ChildProcess;
  readonly address: string;
  /** Everything it has said. */
  said(): string;
  stop(): Promise<void>;
}

let server: Server;
let witnesses: TestWitness[];
let key: string;
let run: string;
let httpPort: number;
let settings: Readonly<Record<string, string>>;
/** What is given to `--witness`: two that cosign, one that knows another log's key, one that is down. */
let asked: readonly string[];

async function start(dataDir: string, settings: Readonly<Record<string, string>>): Promise<Server> {
  const env = { PATH: process.env['PATH'], HOME: root, HOLDFAST_LOG_LEVEL: 'debug', ...settings };
  const child = spawn(process.execPath, [main], {
    env: { ...env, HOLDFAST_DATA_DIR: dataDir, HOLDFAST_GRPC_PORT: '0' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [
    unknown,
  ];
  if (typeof line !== 'string') throw new Error(`the server did not start:\n${said}`);
  return {
    child,
    address: (JSON.parse(line) as { address: string }).address,
    said: () => said,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** What somebody remembers who has not been here before. */
const home = (name: string) => ({ HOME: at(name), XDG_STATE_HOME: at(name, 'state') });
const holdfast = (...args: readonly string[]): Promise<Said> =>
  withinProcess(args, { ...home('home'), HOLDFAST_SERVER: server.address, HOLDFAST_DATA_DIR: at('data') });

/** Runs are drawn and run again meanwhile, so `last` may be any. */
async function ranOnce(file: string, reason: string): Promise<string> {
  const said = await holdfast('run', file, '--reason', reason, '-q');
  expect(said).toMatchObject({ status: 0 });
  return said.stdout.trim();
}

beforeAll(async () => {
  mkdirSync(at('keys'), { recursive: true });
  const log = await openSigner(`file:${at('keys', 'signing.pem')}`, { origin });
  key = formatVerifierKey(log.keyName, log.publicKey);
  const own = parseVerifierKey(key);
  const named = (name: string, fill: number): Promise<Signer> =>
    openSigner('env:K', { origin: `witness.example/${name}`, ...seed(fill) });
  const stranger = parseVerifierKey(formatVerifierKey(origin, (await named('x', 9)).publicKey));
  witnesses = [
    await startWitness(await named('a', 1), own),
    await startWitness(await named('b', 2), own),
    await startWitness(await named('c', 3), stranger),
    await startWitness(await named('d', 4), own),
  ];
  await witnesses.pop()?.close();
  const down = formatVerifierKey('witness.example/d', (await named('d', 4)).publicKey, 'cosignature');
  const [first = '', ...others] = witnesses.map((each) => each.key);
  writeFileSync(at('witness.pem'), publicKeyPem(parseVerifierKey(first).publicKey));
  asked = [at('witness.pem'), ...others, down].flatMap((each) => ['--witness', each]);
  httpPort = await freePort();
  settings = {
    HOLDFAST_HTTP_PORT: String(httpPort),
    HOLDFAST_SIGNING_KEY: `file:${at('keys', 'signing.pem')}`,
    HOLDFAST_LOG_ORIGIN: origin,
    HOLDFAST_WITNESSES: [...witnesses.map(({ setting }) => setting), `${down} http://127.0.0.1:9/`].join(
      ', ',
    ),
    HOLDFAST_REPRODUCE_SAMPLE: '2',
    HOLDFAST_REPRODUCE_EVERY_MS: '2500',
  };
  server = await start(at('data'), settings);
  run = await ranOnce(await writeExperiment(at('experiment')), 'to see');
});

afterAll(async () => {
  await server?.stop();
  await Promise.all(witnesses.map((each) => each.close()));
  rmSync(root, { recursive: true, force: true });
});

describe('witnesses of an installation', () => {
  const holds = async (count: number, ...command: readonly string[]) => {
    const said = await holdfast(...command, '--key', key, ...asked, '--witnesses', String(count));
    return [said.status, (said.stdout + said.stderr).includes('WITNESSES_MISSING')];
  };
  /** A witness that has not answered in time, as on a busy machine, cosigns a later checkpoint. */
  const untilCosigned = async (asked: () => Promise<readonly unknown[]>): Promise<void> => {
    for (;;) {
      const [status, isMissing] = await asked();
      if (isMissing !== true) return expect(status).toBe(0);
      await systemClock.sleep(200);
    }
  };

  it.each([
    ['checkpoint', () => ['audit', 'checkpoint']],
    ['verification', () => ['audit', 'verify']],
  ])('make a %s hold by as many as cosigned, and not by one more', async (_, command) => {
    await untilCosigned(() => holds(2, ...command()));
    expect(await holds(3, ...command())).toEqual([5, true]);
  });

  it.each([
    ['bundle', () => ['bundle', run]],
    ['export', () => ['audit', 'export']],
  ])('make a %s hold, offline, by as many as cosigned, and not by one more', async (name, command) => {
    const file = at(`${name}.zip`);
    const offline = (count: number) =>
      holdfast('verify', file, '--key', key, ...asked, '--witnesses', String(count));
    await untilCosigned(async () => {
      rmSync(file, { force: true });
      const taken = await holdfast(...command(), '--out', file);
      expect([taken.status, taken.status === 0 ? '' : taken.stderr]).toEqual([0, '']);
      const { status, stdout, stderr } = await offline(2);
      return [status, (stdout + stderr).includes('WITNESSES_MISSING')];
    });
    expect(await offline(2)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/cosigned by \S+, \S+/),
    });
    expect(await offline(3)).toMatchObject({ status: 5 });
  });
});

describe('audits of an installation', () => {
  /** The newest of drawn runs, once one has ended so, and what the rules for alarms watch. */
  async function reproductions(outcome: string) {
    for (;;) {
      const said = await holdfast('audit', 'list', '--kind', 'reproductions', '-o', 'json');
      const [newest] = jsonOf(said) as { outcome: string; first: readonly { code: string }[] }[];
      const metrics = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
      const told = (name: string) =>
        Number(new RegExp(`^${name}\\{[^}]*kind="reproductions"[^}]*\\} (\\d+)$`, 'm').exec(metrics)?.[1]);
      const watched = { findings: told('holdfast_audit_findings'), held: told('holdfast_audit_held') };
      if (newest?.outcome === outcome && watched.held === (outcome === 'held' ? 1 : 0))
        return { ...newest, watched };
      await systemClock.sleep(100);
    }
  }

  it('run drawn runs again at their time, and tell as event and metric when one gave something else', async () => {
    expect(await reproductions('held')).toMatchObject({
      ...{ outcome: 'held', scheduled: true, watched: { findings: 0, held: 1 } },
    });
    const file = at('experiment', 'holdfast.yaml');
    expect(await holdfast('run', file, '--set', 'noise=1000', '--reason', 'by chance')).toMatchObject({
      status: 0,
    });
    // `HoldfastAuditFailed` and `HoldfastAuditNotRun` of infra/prometheus watch these.
    expect(await reproductions('failed')).toMatchObject({
      ...{ scheduled: true, first: [{ code: 'RUN_DIVERGED' }], watched: { findings: 1, held: 0 } },
    });
  });

  it('end with status 5 when the event store is not what the log says', async () => {
    // The server may be writing.
    const database = new DatabaseSync(at('data', 'events.sqlite'), { timeout: 60_000 });
    const change = (from: string, to: string) =>
      database.exec(
        `UPDATE events SET bytes = CAST(replace(bytes, '"priority":${from}', '"priority":${to}') AS BLOB)
           WHERE seq = (SELECT min(seq) FROM events WHERE CAST(bytes AS TEXT) LIKE '%"submittedAt"%')`,
      );
    change('0', '9');
    const said = await holdfast('audit', 'verify', '--key', key);
    expect(said.status).toBe(5);
    expect(said.stdout).toMatch(/it does not hold[^]*EVENT_CHANGED +\d+ +run-[0-9a-f-]{36}@0/);
    expect((await holdfast('audit', 'verify', '-q')).stdout).toContain('EVENT_CHANGED');
    change('9', '0');
    database.close();
    expect(await holdfast('audit', 'verify', '--key', key)).toMatchObject({ status: 0 });
  });
});

describe('a backup', () => {
  it('that is made while runs are submitted restores to the root of the size that it holds', async () => {
    const running = [1, 2, 3].map((i) =>
      holdfast('run', at('experiment', 'holdfast.yaml'), '--set', `noise=${i / 10}`, '--reason', 'meanwhile'),
    );
    const backup = async () =>
      jsonOf(await holdfast('backup', at('backup'), '-o', 'json')) as { root: string; logSize: number };
    const made = await backup();
    expect(made).toMatchObject({ whole: true, intact: true, findings: [] });
    cpSync(at('backup'), at('earlier'), { recursive: true });
    await Promise.all(running);
    // Once more into the same folder takes what is new.
    let { root: signed, logSize } = await backup();
    while (logSize <= made.logSize) ({ root: signed, logSize } = await backup());

    const restored = (dir: string) =>
      withinProcess(['restore', at('backup'), '--data-dir', dir, '--key', key, '-o', 'json'], home('home'));
    expect(jsonOf(await restored(at('restored')))).toMatchObject({ whole: true, root: signed, logSize });
    const second = await restored(at('restored'));
    expect(second).toMatchObject({ status: 2, stderr: expect.stringContaining('FOLDER_IN_USE') });
    // An earlier one is whole too, and says what was seen since; without a key it proves nothing against whoever made it.
    expect(await holdfast('audit', 'checkpoint')).toMatchObject({ status: 0 });
    const early = await withinProcess(['restore', at('earlier'), '--data-dir', at('early')], home('home'));
    const lost =
      /holds[^]*LOST: the log had (\d+) entries when it was seen here last, the backup has (\d+)\n/;
    expect(early).toMatchObject({ status: 0, stdout: expect.stringMatching(lost) });
    expect(early.stdout).toContain('held against the keys that the backup names itself');

    const same = {
      HOLDFAST_SIGNING_KEY: `file:${at('keys', 'signing.pem')}`,
      HOLDFAST_LOG_ORIGIN: origin,
    };
    const after = await start(at('restored'), same);
    const ask = (...args: readonly string[]) =>
      withinProcess(args, { ...home('another'), HOLDFAST_SERVER: after.address });
    expect(await ask('audit', 'verify', '--key', key)).toMatchObject({ status: 0 });
    expect(await ask('scrub')).toMatchObject({ status: 0 });
    expect(await ask('reproduce', run, '--reason', 'it was restored')).toMatchObject({ status: 0 });
    // They are two once what happened after the restore is in the log.
    const seen = async () => jsonOf(await ask('audit', 'checkpoint', '-o', 'json')) as { size: number };
    while ((await seen()).size <= logSize) await new Promise((resolve) => setTimeout(resolve, 100));
    await after.stop();
    // Whoever has verified one of two logs with the same name is not shown the other.
    const elsewhere = { ...home('another'), HOLDFAST_SERVER: server.address };
    expect(await withinProcess(['audit', 'checkpoint'], elsewhere)).toMatchObject({
      ...{ status: 5, stderr: expect.stringMatching(/LOG_(FORKED|ROLLED_BACK)/) },
    });
  });

  it('of which something is missing says what is lost', async () => {
    cpSync(at('backup'), at('harmed'), { recursive: true });
    const database = new DatabaseSync(at('harmed', 'events.sqlite'));
    database.exec('DELETE FROM events WHERE seq > 3');
    database.close();
    rmSync(at('harmed', 'artifacts', 'pack.sqlite'));
    const restored = (dir: string) =>
      withinProcess(['restore', at('harmed'), '--data-dir', at(dir), '--key', key], home('home'));
    const said = await restored('lossy');
    expect(said.status).toBe(5);
    expect(said.stdout).toMatch(/LOST: EVENT_MISSING 3 [a-z]+-[0-9a-f-]{36}@\d+ /);
    expect(said.stdout).toMatch(/LOST: \d+ of \d+ artifacts/);
    // Without its log the events are there all the same.
    rmSync(at('harmed', 'audit-log'), { recursive: true });
    const logless = await restored('logless');
    expect(logless).toMatchObject({ status: 5, stdout: expect.stringContaining('LOST: the log had ') });
    expect(existsSync(at('logless', 'events.sqlite'))).toBe(true);
  });
});

describe('the next key', () => {
  it('is followed from the one before, by a client, by audits and in a bundle, and from no other', async () => {
    await server.stop();
    const before = server.said();
    const next = await openSigner(`file:${at('keys', 'next.pem')}`, { origin });
    server = await start(at('data'), {
      ...settings,
      HOLDFAST_REPRODUCE_SAMPLE: '0',
      HOLDFAST_SIGNING_KEY: `file:${at('keys', 'next.pem')}`,
      HOLDFAST_SIGNING_KEY_BEFORE: `file:${at('keys', 'signing.pem')}`,
    });
    writeFileSync(at('said'), before);
    const later = await ranOnce(at('experiment', 'holdfast.yaml'), 'a new key');
    const file = at('rotated.zip');
    expect(await holdfast('bundle', later, '--out', file)).toMatchObject({ status: 0 });
    const stranger = formatVerifierKey(origin, (await openSigner('env:K', seed(8))).publicKey);
    const offline = async (by: string) => (await holdfast('verify', file, '--key', by)).status;
    expect([await offline(key), await offline(stranger)]).toEqual([0, 5]);
    expect(await offline(formatVerifierKey(origin, next.publicKey))).toBe(0);
    expect(await holdfast('audit', 'verify', '--key', key)).toMatchObject({ status: 0 });
    expect(await holdfast('audit', 'checkpoint')).toMatchObject({ status: 0 });
    expect(await holdfast('audit', 'checkpoint', '--key', stranger)).toMatchObject({ status: 5 });
  });
});

/** Of a key file: as bytes, hex, base64 and PEM. */
function encodingsOf(pem: string): readonly Buffer[] {
  const body = pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  const raw = Buffer.from(body, 'base64').subarray(-32);
  const texts = [raw.toString('base64'), raw.toString('base64url'), body, body.slice(-40)];
  return [
    ...[raw, Buffer.from(raw.toString('hex')), Buffer.from(raw.toString('hex').toUpperCase())],
    ...texts.map((text) => Buffer.from(text.replaceAll('=', ''))),
  ];
}

describe('the private key', () => {
  it('is in nothing that the installation writes or says, in no encoding', async () => {
    const keyFiles = ['signing.pem', 'next.pem'].map((name) => readFileSync(at('keys', name), 'utf8'));
    const secrets = [...keyFiles.flatMap(encodingsOf), Buffer.from('PRIVATE KEY')];
    await server.stop();
    appendFileSync(at('said'), server.said());
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.parentPath !== at('keys'))
      .map(({ parentPath, name }) => join(parentPath, name));
    for (const wanted of [
      'said',
      'bundle.zip',
      'export.zip',
      'rotated.zip',
      'data/events.sqlite',
      'data/audit-log/checkpoint',
    ])
      expect(files).toContain(at(wanted));
    const found = files.filter((file) => {
      const bytes = readFileSync(file);
      return secrets.some((secret) => bytes.includes(secret));
    });
    expect(found).toEqual([]);
    // It would be found.
    for (const text of keyFiles)
      expect(secrets.some((secret) => Buffer.from(text).includes(secret))).toBe(true);
  });
});
