import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { streamKind, systemChance, type DomainError, type Json, type JsonObject } from '#kernel';
import { canonicalBytes, digestBytes, treeDigest, treeOf } from '#evidence';
import { auditor, executor, provenance, registry, scheduler, scheduler as contracts } from '#contracts';
import { declare, ended, key, reason, submit, type Experiment } from '../support/experiment.js';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';

// A client of its own making: no command line, no checks, any bytes. What the server lets in is all there is.
let system: System;
let client: Client;
beforeAll(async () => {
  system = await startTogether();
  const unlimited = { 'grpc.max_send_message_length': -1 };
  client = new Client(system.addresses.registry, credentials.createInsecure(), unlimited);
});
afterAll(async () => {
  client.close();
  await system.rebuildAll();
  await system.close();
});

/** Carries something out when asked with nothing at all: no question of input. */
const needNothing = /Executor\/Drain|Provenance\/(CollectGarbage|Scrub)$/;
const methods = [
  registry.RegistryService,
  scheduler.SchedulerService,
  executor.ExecutorService,
  provenance.ProvenanceService,
  auditor.AuditorService,
]
  .flatMap((service) => Object.values(service))
  .filter(({ path, requestStream }) => !requestStream && !needNothing.test(path));

const same = (bytes: Buffer) => bytes;
/** `CODE message` of an answer to these bytes; `OK` when they were taken. */
function answer(path: string, bytes: Buffer, streamed: boolean): Promise<string> {
  const metadata = new Metadata();
  metadata.set('idempotency-key', systemChance.uuid());
  return new Promise((resolve) => {
    const failed = ({ code, details }: ServiceError) => resolve(`${status[code]} ${details}`);
    if (!streamed)
      return void client.makeUnaryRequest(path, same, same, bytes, metadata, (error) =>
        error ? failed(error) : resolve('OK'),
      );
    const call = client.makeServerStreamRequest(path, same, same, bytes, metadata);
    call.on('data', () => {}).on('error', failed);
    call.on('end', () => resolve('OK'));
  });
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
/** A message whose first five fields are this text, or these bytes. */
const fields = (value: Buffer, count = 5): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, i) =>
      Buffer.concat([Buffer.from([((i + 1) << 3) | 2, ...varint(value.length)]), value]),
    ),
  );

describe('every method of every service', () => {
  it.each<[string, Buffer]>([
    ['a message cut short', Buffer.from([0x0a, 0x7f, 0x01])],
    ['no message at all', Buffer.alloc(64, 0xff)],
    ['texts that are no UTF-8', fields(Buffer.from([0x61, 0xff, 0xfe, 0xc0, 0x80]))],
    ['texts with NUL, a turned reading direction and a path', fields(Buffer.from('a\u0000\u202e/../..'))],
    ['texts of 256 KiB', fields(Buffer.alloc(2 ** 18, 0x61))],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s in words and records nothing but that the trail was read', async (what, bytes) => {
    const before = await system.eventStore.head();
    for (const { path, responseStream } of methods) {
      const said = await answer(path, bytes, responseStream);
      // Reads take what they need and may find it good.
      expect([path, said]).toEqual([path, expect.stringMatching(/^(OK$|INVALID_ARGUMENT |NOT_FOUND )/)]);
      expect(said.length).toBeLessThan(1000);
      if (/Declare|Submit|Accept|Retire|Cancel|Reproduce|Add|Register/.test(path))
        expect([what, path, said]).not.toContain('OK');
    }
    const since = system.eventStore.readAll(before === undefined ? {} : { after: before });
    const kinds = (await Array.fromAsync(since)).flat().map(({ stream }) => streamKind(stream));
    expect(kinds.filter((kind) => kind !== 'access' && kind !== 'audit')).toEqual([]);
  });

  it('refuses a message of more than 16 MiB before it is read', async () => {
    const said = await answer(
      '/holdfast.registry.v1.Registry/DeclareBlueprint',
      Buffer.alloc(17 * 2 ** 20),
      false,
    );
    expect(said).toMatch(/^RESOURCE_EXHAUSTED /);
  });

  it.each([
    ['a word', 'garbage'],
    ['JSON', 'eyJhIjoxfQ'],
    ['100 kB', 'a'.repeat(100_000)],
    ['a penguin', '🐧'],
  ])('refuses a page token that nobody gave: %s', async (_, pageToken) => {
    const { registry, scheduler, provenance, auditor } = system.connection;
    const page = { namespace: 'default', pageSize: 10, pageToken };
    const runs = contracts.ListRunsRequest.fromPartial({ ...page });
    const lists: readonly (() => Promise<unknown>)[] = [
      () => registry.listKnobs(page),
      () => registry.listDatasets(page),
      () => registry.listBlueprints(page),
      () => registry.listEnvironments(page),
      () => scheduler.listRuns(runs),
      () => scheduler.listSweeps(page),
      () => scheduler.listExecutors(page),
      () => provenance.listReproductions(page),
      () => auditor.listBaselines(page),
      () => auditor.listDrift(page),
    ];
    for (const list of lists) await expect(list()).rejects.toMatchObject({ kind: 'invalid' });
  });
});

const file = {
  path: 'main.mjs',
  mode: '100644',
  sizeBytes: 3,
  digest: digestBytes(Buffer.from('1;\n')),
} as const;
const good = `{"blueprint":"hostile/small","why":"to see","code":{"path":"./src"},"environment":"node-26","seed":1,"knobs":{"lr":0.5},"steps":{"a":{"run":["node","main.mjs"],"out":{"x":"x.txt"}},"b":{"run":["node","main.mjs"],"in":{"x":"a.x"},"out":{"y":"y.txt"}}}}`;
const lock = (tree = treeDigest(treeOf([file]))) =>
  JSON.stringify({
    ...{ v: 1, holdfast: '0.1.0', blueprint: 'hostile/small', architecture: process.arch },
    ...{ code: { tree, sizeBytes: 3 }, sourceDateEpoch: 315_532_800, data: {} },
    environment: { name: 'node-26', kind: 'node', digest: `sha256:${'e'.repeat(64)}` },
  });

describe('a document that no command line has seen', () => {
  const send = (document: string | Buffer, locked = lock()) =>
    system.connection.registry.declareBlueprint(
      { namespace: 'hostile', document: Buffer.from(document as string), lock: Buffer.from(locked), reason },
      key(),
    );

  it.each<[string, string, string, string]>([
    ['an unknown key', '"seed":1', '"sed":1', 'KEY_UNKNOWN'],
    ['a wrong type', '"seed":1', '"seed":"x"', 'TYPE_WRONG'],
    ['a key twice', '"seed":1', '"seed":1,"seed":2', 'JSON_INVALID'],
    ['NaN', '"seed":1', '"seed":NaN', 'JSON_INVALID'],
    ['a number beyond 2^53', '"seed":1', '"seed":9007199254740993', 'JSON_INVALID'],
    ['a number beyond a double', '0.5', '1e999', 'JSON_INVALID'],
    ['half a surrogate pair', 'to see', '\\ud800', 'JSON_INVALID'],
    ['a turned reading direction', 'to see', 'to \u202esee', 'TEXT_UNSAFE'],
    ['a path that leads up', './src', '../src', 'PATH_INVALID'],
    ['an absolute path', './src', '/etc', 'PATH_INVALID'],
    ['an output that leads up', 'y.txt', '../../y.txt', 'PATH_INVALID'],
    ['outputs that differ in case', '"y":"y.txt"', '"y":"y.txt","z":"Y.TXT"', 'OUTPUT_COLLIDES'],
    ['steps in a circle', '"out":{"x":"x.txt"}', '"in":{"y":"b.y"},"out":{"x":"x.txt"}', 'STEPS_CYCLIC'],
    ['an input that there is not', 'a.x', 'a.z', 'INPUT_UNKNOWN'],
    ['a tag', '"node-26"', '{"image":"docker.io/library/python:3.12"}', 'IMAGE_NOT_PINNED'],
    ['a prototype', '"lr":0.5', '"__proto__":1', 'KEY_REFUSED'],
    ['deep nesting', '"lr":0.5', `"lr":${'['.repeat(100_000)}`, 'JSON_INVALID'],
    ['2 MiB', 'to see', 'x'.repeat(2 ** 21), 'JSON_TOO_LARGE'],
  ])('with %s is refused, and not recorded', async (_, from, to, code) => {
    expect(good.split(from).length).toBeGreaterThan(1);
    const before = await system.eventStore.head();
    const error = await send(good.replace(from, to)).then(
      () => undefined,
      (thrown: DomainError) => thrown,
    );
    expect(error).toMatchObject({ kind: 'invalid' });
    expect(error?.problems.map((problem) => problem.code)).toContain(code);
    expect(await system.eventStore.head()).toBe(before);
  });

  it('tells every problem of document, lock and reason at once', async () => {
    const document = good.replace('"seed":1', '"sed":1').replace('a.x', 'a.z').replace('./src', '/etc');
    const request = {
      namespace: 'other',
      document: Buffer.from(document),
      lock: Buffer.from('{"v":1}'),
      reason: '',
    };
    const error = await system.connection.registry
      .declareBlueprint(request, key())
      .catch((thrown: DomainError) => thrown);
    expect((error as DomainError).problems.map(({ code }) => code)).toEqual(
      expect.arrayContaining([
        'KEY_UNKNOWN',
        'KEY_MISSING',
        'INPUT_UNKNOWN',
        'PATH_INVALID',
        'MISSING_FIELD',
      ]),
    );
  });

  it('that is no UTF-8 is refused', async () => {
    const bytes = Buffer.from(good);
    bytes[bytes.indexOf('to see')] = 0xff;
    await expect(send(bytes)).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('code whose tree was written by hand', () => {
  const experiment = (namespace: string): Experiment => ({
    ...{ namespace, name: 'small', files: { 'main.mjs': '1;\n' } },
    blueprint: { steps: { main: { run: ['node', 'main.mjs'] } } },
  });
  const entry = (path: string, over = {}) => ({ ...file, path, ...over });

  const notAdmitted = expect.stringContaining('TREE_INVALID');
  const notLaidOut = expect.objectContaining({ failureClass: 'input-corrupt', step: 'main' });
  const link = (target: string) => {
    const bytes = Buffer.from(target);
    return { path: 'etc', mode: '120000', target, sizeBytes: bytes.length, digest: digestBytes(bytes) };
  };

  it.each<[string, string, readonly { readonly sizeBytes: number }[], unknown]>([
    ['a path that leads up', 'leads-up', [entry('../../main.mjs'), entry('main.mjs')], notAdmitted],
    ['an absolute path', 'absolute', [entry('/main.mjs'), entry('main.mjs')], notAdmitted],
    ['names that differ in case', 'collides', [entry('Main.mjs'), entry('main.mjs')], notAdmitted],
    ['a link out of the tree', 'link-out', [link('../../../etc'), entry('main.mjs')], notLaidOut],
    ['a link to an absolute path', 'link-absolute', [link('/etc'), entry('main.mjs')], notLaidOut],
  ])('with %s never runs', async (_, namespace, entries, refusal) => {
    const { registry } = system.connection;
    await declare(system, experiment(namespace));
    const { blueprint } = await registry.getBlueprint({ namespace, ref: 'small' });
    if (blueprint === undefined) throw new Error('it was declared');
    const { document } = blueprint;
    const tree = canonicalBytes({ holdfast: 'tree/1', entries } as unknown as Json);
    await putBlob(tree);
    const lock = JSON.parse(String(blueprint.lock)) as JsonObject & { code: JsonObject };
    const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    const other = { ...lock, code: { ...lock.code, tree: digestBytes(tree), sizeBytes } };
    await registry.declareBlueprint(
      { namespace, document, lock: canonicalBytes(other) as Buffer, reason },
      key(),
    );
    const said = await submit(system, { namespace, name: 'small' }).then(
      async (run) => (await ended(system, run)).failure,
      (error: Error) => error.message,
    );
    expect(said).toEqual(refusal);
  });
});

async function putBlob(bytes: Uint8Array): Promise<void> {
  const header = { digest: digestBytes(bytes), sizeBytes: bytes.length, offset: 0 };
  await system.connection.registry.putBlob([
    { header, data: Buffer.alloc(0) },
    { header: undefined, data: Buffer.from(bytes) },
  ]);
}
