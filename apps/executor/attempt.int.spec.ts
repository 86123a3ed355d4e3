import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { instanceId } from '#domain/manifest';
import type { RunEvent } from '#domain/run';
import { DomainError, type Digest } from '#kernel';
import { startAttempt } from './attempt/attempt.js';
import { openLocalScheduler, type LocalScheduler } from './testing/local-scheduler.js';
import { executorId, openWorkshop, type Experiment, type Workshop } from './testing/workshop.js';

let shop: Workshop;
let local: LocalScheduler;
beforeEach(async () => {
  shop = await openWorkshop();
  local = openLocalScheduler();
});
afterEach(() => shop.close());

async function start(experiment: Experiment) {
  const { digest, steps } = await shop.manifest(experiment);
  const run = local.submit(digest, steps);
  const attempt = startAttempt(local.claim(run, executorId), { ...shop.workplace, door: local.door });
  return { run, attempt };
}
async function carryOut(experiment: Experiment) {
  const { run, attempt } = await start(experiment);
  await attempt.ended;
  return local.events(run);
}
const ofType = <T extends RunEvent['type']>(events: readonly RunEvent[], type: T) =>
  events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
const places = (events: readonly RunEvent[]) =>
  ofType(events, 'StepCompleted').map(({ step, fold }) => instanceId(step, fold));
const failureOf = (events: readonly RunEvent[]) => ofType(events, 'RunFailed')[0]?.failure;
const table = async (text: string) => {
  const { digest } = await shop.store.put(Buffer.from(text));
  return { digest, format: 'csv' } as const;
};
/** Says that it runs, then waits without end. */
const endless = "console.log('under way'); setInterval(() => {}, 1000);";

const penguins = fileURLToPath(new URL('../../../examples/penguins/', import.meta.url));
async function penguinsExperiment(): Promise<Experiment> {
  const files: Record<string, string> = {};
  for (const name of await readdir(`${penguins}src`))
    files[name] = await readFile(`${penguins}src/${name}`, 'utf8');
  const { digest } = await shop.store.put(await readFile(`${penguins}data/penguins.csv`));
  const folds = { algorithm: 'stratified-k-fold/1', k: 5, seed: 11, stratify: 'species' };
  return {
    files,
    steps: {
      prepare: { in: { raw: { data: 'penguins' } }, out: { clean: 'clean.csv' } },
      train: {
        in: { clean: { step: 'prepare', output: 'clean' } },
        out: { model: 'model.json', predictions: 'predictions.csv' },
        each: 'fold',
      },
      report: { in: { folds: { step: 'train' } }, out: { report: 'report.html', metrics: 'metrics.json' } },
    },
    pinned: {
      data: { penguins: { digest, format: 'csv', where: 'sex is known', folds } },
      knobs: { learningRate: 0.1, epochs: 300, l2: 0.001 },
    },
  };
}

describe('an attempt', () => {
  it('carries the penguins through, the same bytes twice', async () => {
    const experiment = await penguinsExperiment();
    const events = await carryOut(experiment);
    expect(events.map(({ type }) => type)).toEqual([
      ...['RunSubmitted', 'RunAdmitted', 'RunClaimed', 'RunStarted'],
      ...Array.from({ length: 7 }, () => 'StepCompleted'),
      'RunCompleted',
    ]);
    const [started] = ofType(events, 'RunStarted');
    const folds = JSON.parse(await shop.text(started?.folds ?? '')) as { rows: number; folds: unknown[] };
    expect([folds.rows, folds.folds.length]).toEqual([333, 5]);
    expect(started?.isolation).toMatchObject({ level: shop.workplace.sandboxes.offered[0] });
    expect(JSON.parse(await shop.text(started?.fingerprint ?? ''))).toMatchObject({
      holdfast: 'fingerprint/1',
    });

    const [completed] = ofType(events, 'RunCompleted');
    const accuracy = completed?.metrics.find(({ name }) => name === 'accuracy');
    expect(accuracy).toMatchObject({ folds: 0 });
    expect(accuracy?.value).toBeGreaterThan(0.95);
    expect(completed?.metrics.find(({ name }) => name === 'held-out/log_loss')).toMatchObject({
      folds: 5,
      sd: expect.any(Number),
    });

    const outputs = (run: readonly RunEvent[]) =>
      ofType(run, 'StepCompleted')
        .map(({ step, fold, outputs, metrics, seed }) => ({ step, fold, outputs, metrics, seed }))
        .sort((a, b) => `${a.step}${a.fold}`.localeCompare(`${b.step}${b.fold}`));
    const again = await carryOut(experiment);
    expect(outputs(again)).toEqual(outputs(events));
    expect(ofType(again, 'RunCompleted')[0]?.metrics).toEqual(completed?.metrics);
  });

  it('gives steps what they are promised, and hands outputs on: of their own fold, and of all folds', async () => {
    const rows = await table('a,b\n1,x\n2,y\n3,x\nNA,y\n');
    const look = `import fs from 'node:fs';
      fs.writeFileSync('outputs/seen.json', JSON.stringify({
        inputs: fs.readdirSync('inputs', { recursive: true }).sort(),
        params: JSON.parse(fs.readFileSync('params.json', 'utf8')),
        env: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('HOLDFAST'))),
      }));
      fs.appendFileSync(process.env.HOLDFAST_METRICS, JSON.stringify({ name: 'rows', value: 1 }) + '\\n');`;
    const out = { seen: 'seen.json' };
    const events = await carryOut({
      files: { 'first.mjs': look, 'each.mjs': look, 'then.mjs': look, 'last.mjs': look },
      steps: {
        first: { in: { rows: { data: 'rows' } }, out },
        each: { in: { first: { step: 'first', output: 'seen' } }, out, each: 'fold' },
        then: { in: { mine: { step: 'each', output: 'seen' } }, out, each: 'fold' },
        last: { in: { all: { step: 'each' } }, out, after: ['then'] },
      },
      pinned: {
        data: { rows: { ...rows, where: 'a is known', folds: { algorithm: 'k-fold/1', k: 3, seed: 1 } } },
      },
    });
    expect(new Set(places(events)).size).toBe(8);
    expect([places(events)[0], places(events).at(-1)]).toEqual(['first', 'last']);
    const seen = new Map<string, Record<string, Record<string, string> & string[]>>();
    for (const { step, fold, outputs } of ofType(events, 'StepCompleted'))
      seen.set(instanceId(step, fold), JSON.parse(await shop.text(outputs[0]?.digest ?? '')) as never);
    expect(seen.get('first')?.['inputs']).toEqual(['folds.json', 'rows']);
    expect(seen.get('then[1]')?.['inputs']).toEqual(['folds.json', 'mine']);
    expect(seen.get('last')?.['inputs']).toEqual([
      ...['all', 'all/0', 'all/0/seen', 'all/1', 'all/1/seen', 'all/2', 'all/2/seen', 'folds.json'],
    ]);
    const then = ofType(events, 'StepCompleted').find(({ step, fold }) => step === 'then' && fold === 1);
    expect(seen.get('then[1]')?.['params']).toEqual({
      knobs: { rate: 0.5 },
      seed: then?.seed,
      fold: 1,
      step: 'then',
    });
    expect(seen.get('then[1]')?.['env']).toMatchObject({
      HOLDFAST_SEED: String(Number.parseInt((then?.seed ?? '').slice(0, 8), 16)),
      HOLDFAST_STEP: 'then',
    });
    expect(ofType(events, 'RunCompleted')[0]?.metrics).toMatchObject([{ name: 'rows', value: 1, folds: 0 }]);
  });

  it('stops what runs beside a step that fails, begins nothing more, and names the step', async () => {
    const events = await carryOut({
      files: {
        'bad.mjs': "console.error('no such luck'); process.exit(3);",
        'long.mjs': endless,
        'after.mjs': '',
      },
      steps: { bad: {}, long: {}, after: { after: ['bad'] } },
    });
    expect(failureOf(events)).toEqual({
      class: 'command-failed',
      message: 'exited with status 3',
      step: 'bad',
    });
    const failed = ofType(events, 'StepFailed');
    expect(failed.map(({ step }) => step).sort()).toEqual(['bad', 'long']);
    const bad = failed.find(({ step }) => step === 'bad');
    expect(bad).toMatchObject({ exitCode: 3, failure: { class: 'command-failed' } });
    expect(await shop.text(bad?.stderr.digest ?? '')).toBe('no such luck\n');
    expect(failed.find(({ step }) => step === 'long')?.failure).toMatchObject({
      class: 'cancelled',
      message: 'stopped because bad failed',
    });
  });

  it('fails a step that takes longer than it may', async () => {
    const resources = { cpu: 1, memoryBytes: 2 ** 28, timeoutMs: 300, diskBytes: 2 ** 26, pids: 64 };
    const events = await carryOut({
      files: { 'long.mjs': endless },
      steps: { long: {} },
      pinned: { resources },
    });
    expect(failureOf(events)).toMatchObject({ class: 'timeout', step: 'long' });
  });

  it('is cancelled in the middle of a step, by an answer or by a call', async () => {
    const called = await start({ files: { 'long.mjs': endless }, steps: { long: {} } });
    await shop.underWay(called.run);
    local.cancel(called.run);
    called.attempt.stop('cancelled');
    await called.attempt.ended;
    expect(local.events(called.run).at(-1)?.type).toBe('RunCancelled');

    const answered = await start({
      files: { 'one.mjs': '', 'long.mjs': endless },
      steps: { one: {}, long: {} },
    });
    local.onReport = ({ report }) => {
      // What is told together with it, that the attempt was started, may not be taken yet.
      const open = ['claimed', 'running'].includes(local.state(answered.run).status);
      if (report?.$case === 'step' && open) local.cancel(answered.run);
    };
    await answered.attempt.ended;
    expect(local.events(answered.run).at(-1)?.type).toBe('RunCancelled');
  });

  it('is cancelled while its data is still being prepared', async () => {
    Object.assign(shop.workplace, { dataInputs: { of: () => new Promise(() => undefined) } });
    const { run, attempt } = await start({ files: { 'one.mjs': '' }, steps: { one: {} } });
    local.cancel(run);
    attempt.stop('cancelled');
    await attempt.ended;
    expect(
      local
        .events(run)
        .map(({ type }) => type)
        .slice(2),
    ).toEqual([...['RunClaimed', 'RunCancelRequested', 'RunCancelled']]);
  });

  it('says nothing when its lease is lost, and is repeated when it is given back', async () => {
    const lost = await start({ files: { 'long.mjs': endless }, steps: { long: {} } });
    await shop.underWay(lost.run);
    local.expire(lost.run);
    const before = local.keys.length;
    lost.attempt.stop('abandoned');
    await lost.attempt.ended;
    expect(local.keys.length).toBe(before);

    const back = await start({ files: { 'long.mjs': endless }, steps: { long: {} } });
    await shop.underWay(back.run);
    back.attempt.stop('given-back');
    await back.attempt.ended;
    expect(local.events(back.run).at(-1)).toMatchObject({
      type: 'RunRetried',
      failure: { class: 'executor-lost' },
    });
  });

  it('tells again, under the same key, what nobody answered; once', async () => {
    let left = 4;
    local.onReport = () => {
      if (left-- > 0) throw new DomainError('unavailable', 'AWAY', 'nobody answers');
    };
    const events = await carryOut({ files: { 'one.mjs': '' }, steps: { one: {} } });
    expect(events.map(({ type }) => type).slice(3)).toEqual(['RunStarted', 'StepCompleted', 'RunCompleted']);
    expect(new Set(local.keys.slice(0, 5)).size).toBe(1);
    expect(local.keys).toHaveLength(new Set(local.keys).size + 4);
  });

  it('stops when a report is refused', async () => {
    const { run, attempt } = await start({
      files: { 'one.mjs': '', 'long.mjs': endless },
      steps: { one: {}, long: {} },
    });
    local.onReport = ({ report }) => {
      if (report?.$case === 'step') local.expire(run);
    };
    await attempt.ended;
    expect(local.events(run).map(({ type }) => type)).not.toContain('StepCompleted');
    expect(local.events(run).at(-1)?.type).toBe('RunRetried');
  });

  it('tells everything that keeps it from beginning, in one failure', async () => {
    const absent = `sha256:${'a'.repeat(64)}` as Digest;
    const events = await carryOut({
      files: { 'one.mjs': '' },
      steps: { one: { in: { rows: { data: 'rows' } } } },
      pinned: {
        environment: { kind: 'node', digest: absent },
        architecture: process.arch === 'arm' ? 'x64' : 'arm',
        isolation: 'kubernetes',
        data: { rows: { digest: absent, format: 'csv' } },
        secrets: { TOKEN: { reference: 'vault:research/api', version: '3' } },
      },
    });
    expect(events.map(({ type }) => type).slice(2)).toEqual(['RunClaimed', 'RunFailed']);
    const { class: failureClass, message = '' } = failureOf(events) ?? {};
    expect(failureClass).toBe('environment-mismatch');
    for (const part of [
      'pinned was sha256:aaaa',
      'isolation at level kubernetes; this executor offers',
      'pinned to arm, and this host is',
      'vault:research/api@3: this executor has no folder of secrets',
      'data.rows (sha256:aaaa',
    ])
      expect(message).toContain(part);
  });

  it('gives steps the secrets of the host, and no trace of them to anybody else', async () => {
    const secretsDir = join(shop.dir, 'secrets');
    await mkdir(join(secretsDir, 'vault'), { recursive: true });
    await writeFile(join(secretsDir, 'vault', 'api@3'), 'hush-hush-hush\n');
    Object.assign(shop.workplace, { secretsDir });
    const events = await carryOut({
      files: {
        'one.mjs': `import fs from 'node:fs'; console.log(process.env.TOKEN);
          fs.writeFileSync('outputs/length', String(process.env.TOKEN.length));`,
      },
      steps: { one: { out: { length: 'length' } } },
      pinned: { secrets: { TOKEN: { reference: 'vault:api', version: '3' } } },
    });
    const [step] = ofType(events, 'StepCompleted');
    expect(await shop.text(step?.outputs[0]?.digest ?? '')).toBe('14');
    expect(await shop.text(step?.stdout.digest ?? '')).toBe('***\n');
    expect(JSON.stringify(events) + shop.logged.join('')).not.toContain('hush');
    for await (const { digest } of shop.store.list()) expect(await shop.text(digest)).not.toContain('hush');
  });

  it.each([
    [{ where: 'c is known and a > 1' }, 'the data has no such column'],
    [{ where: 'b > 1' }, 'row 1: b is compared with a number and is none'],
    [{ folds: { algorithm: 'k-fold/1', k: 9, seed: 1 } }, '2 rows cannot be held out in 9 folds'],
    [{ folds: { algorithm: 'k-fold/7', k: 2, seed: 1 } }, 'knows no folds by k-fold/7'],
  ])('refuses rows that cannot be taken: %j', async (query, message) => {
    const events = await carryOut({
      files: { 'one.mjs': '' },
      steps: { one: {} },
      pinned: { data: { rows: { ...(await table('a,b\n1,x\n2,y\n')), ...query } } },
    });
    expect(failureOf(events)).toMatchObject({
      class: 'partition-invalid',
      message: expect.stringContaining(message),
    });
  });

  it('says so when the artifact store is full, and that it was Holdfast when nothing else can be said', async () => {
    const put = (error: Error) => () => Promise.reject(error);
    const cases = [
      [new DomainError('exhausted', 'STORAGE_FULL', 'the disk is full'), 'storage-full'],
      [new TypeError('a bug'), 'internal'],
    ] as const;
    for (const [error, failureClass] of cases) {
      Object.assign(shop.workplace, { artifacts: { ...shop.store, put: put(error) } });
      const events = await carryOut({ files: { 'one.mjs': '' }, steps: { one: {} } });
      expect(failureOf(events)).toEqual({ class: failureClass, message: error.message });
    }
  });

  it('that lost the artifact store is one that may be repeated, like one whose executor was lost', async () => {
    const away = new DomainError('unavailable', 'STORAGE_UNREACHABLE', 'no answer');
    Object.assign(shop.workplace, { artifacts: { ...shop.store, put: () => Promise.reject(away) } });
    const events = await carryOut({ files: { 'one.mjs': '' }, steps: { one: {} } });
    expect(ofType(events, 'RunRetried')).toMatchObject([
      { failure: { class: 'executor-lost', message: 'no answer' } },
    ]);
    expect(failureOf(events)).toBeUndefined();
  });

  it.each([
    ['image', undefined, 'sandbox-unavailable', 'does not run images'],
    ['host-python', undefined, 'environment-mismatch', 'nobody said where the environment node-26 is'],
    [
      'host-python',
      '/no/venv',
      'environment-mismatch',
      'the place of the environment node-26 is no Python venv',
    ],
  ] as const)(
    'refuses an environment that is not here: %s at %s',
    async (kind, location, failureClass, part) => {
      const digest = `sha256:${'a'.repeat(64)}` as Digest;
      const parts = { interpreter: digest, packages: digest, lock: digest };
      const events = await carryOut({
        files: { 'one.mjs': '' },
        steps: { one: {} },
        pinned: {
          environment:
            kind === 'image'
              ? { kind, digest, image: 'docker.io/library/python' }
              : { kind, digest, ...parts },
        },
        declared: { environment: { name: 'node-26', ...(location === undefined ? {} : { location }) } },
      });
      expect(failureOf(events)).toEqual({ class: failureClass, message: expect.stringContaining(part) });
    },
  );

  it('puts an environment together that came with a bundle, by digest', async () => {
    const node = '#!/bin/sh\necho restored > outputs/said\n';
    const { digest } = await shop.store.put(Buffer.from(node));
    for (let i = 0; i < 2; i++) {
      const events = await carryOut({
        files: { 'one.mjs': '' },
        steps: { one: { out: { said: 'said' } } },
        pinned: { environment: { kind: 'node', digest } },
      });
      const [step] = ofType(events, 'StepCompleted');
      expect(await shop.text(step?.outputs[0]?.digest ?? '')).toBe('restored\n');
    }
    const at = join(shop.dir, 'environments', digest.slice('sha256:'.length), 'node');
    await chmod(at, 0o755);
    await writeFile(at, 'echo other');
    const changed = await carryOut({
      files: {},
      steps: { one: {} },
      pinned: { environment: { kind: 'node', digest } },
    });
    expect(failureOf(changed)).toMatchObject({ class: 'environment-mismatch' });
  });

  it('refuses a manifest that is none', async () => {
    const { digest } = await shop.store.put(Buffer.from('{}'));
    const run = local.submit(digest, 1);
    await startAttempt(local.claim(run, executorId), { ...shop.workplace, door: local.door }).ended;
    expect(failureOf(local.events(run))).toMatchObject({ class: 'input-corrupt' });
  });
});
