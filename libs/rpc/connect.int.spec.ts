import { Metadata, Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { registry, scheduler } from '#contracts';
import { DomainError, type Chance } from '#kernel';
import { connect, type Connection } from './connect.js';
import { detailsTrailer, encodeError } from './error-details.js';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

type Implementation = Partial<registry.RegistryServer & scheduler.SchedulerServer>;

/** A real server with some methods of the registry and the scheduler, and a client of it. */
async function serve(implementation: Implementation): Promise<Connection> {
  const server = new Server();
  const missing = (_call: unknown, callback: (error: { code: number }) => void) => callback({ code: 12 });
  for (const service of [registry.RegistryService, scheduler.SchedulerService]) {
    const all = Object.fromEntries(
      Object.keys(service).map((name) => [name, implementation[name] ?? missing]),
    );
    server.addService(service, all as UntypedServiceImplementation);
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const connection = connect(`127.0.0.1:${port}`, { chance: noJitter });
  closers.push(() => (connection.close(), server.forceShutdown()));
  return connection;
}

const noJitter: Chance = { uuid: () => '', bytes: (length) => new Uint8Array(length), fraction: () => 0 };

const failWith = (error: DomainError) => {
  const { code, message, details } = encodeError(error);
  const metadata = new Metadata();
  metadata.set(detailsTrailer, Buffer.from(details));
  return { code, details: message, metadata };
};

const blob = { digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 3 };

describe('connect', () => {
  it('answers a unary call and throws what the server threw', async () => {
    const problems = [{ code: 'A', field: 'f', message: 'm' }];
    const { registry: client } = await serve({
      missingBlobs: (call, callback) => callback(null, { digests: call.request.digests }),
      getBlueprint: (_call, callback) =>
        callback(failWith(new DomainError('not-found', 'NO_SUCH_BLUEPRINT', 'there is none', { problems }))),
    });
    await expect(client.missingBlobs({ digests: ['a'] })).resolves.toEqual({ digests: ['a'] });
    await expect(client.getBlueprint({ namespace: 'n', ref: 'r' })).rejects.toMatchObject({
      kind: 'not-found',
      code: 'NO_SUCH_BLUEPRINT',
      problems,
    });
  });

  it('tries again after the time that a server without room asks for, or says so', async () => {
    let calls = 0;
    const { registry: client } = await serve({
      retireKnob: (_call, callback) => {
        calls += 1;
        const full = new DomainError('exhausted', 'QUEUE_FULL', 'no room', { facts: { retryAfterMs: 30 } });
        if (calls < 3) callback(failWith(full));
        else callback(null, { position: 'p' });
      },
    });
    const request = { namespace: 'n', name: 'l2', reason: 'r' };
    expect(await client.retireKnob(request, { idempotencyKey: 'k' })).toMatchObject({ position: 'p' });
    calls = 0;
    const impatient = client.retireKnob(request, { idempotencyKey: 'k', retryForMs: 10 });
    await expect(impatient).rejects.toMatchObject({ code: 'QUEUE_FULL', facts: { retryAfterMs: '30' } });
    expect(calls).toBe(1);
  });

  it('repeats an unavailable command only when it has a key', async () => {
    const keys: unknown[] = [];
    const { registry: client } = await serve({
      retireKnob: (call, callback) => {
        keys.push(call.metadata.get('idempotency-key')[0]);
        if (keys.length < 3) callback(failWith(new DomainError('unavailable', 'STARTING', 'not yet')));
        else callback(null, { position: 'p7' });
      },
    });
    const request = { namespace: 'n', name: 'k', reason: 'r' };
    await expect(client.retireKnob(request)).rejects.toMatchObject({ kind: 'unavailable', code: 'STARTING' });
    await expect(client.retireKnob(request, { idempotencyKey: 'one' })).resolves.toEqual({ position: 'p7' });
    expect(keys).toEqual([undefined, 'one', 'one']);
  });

  it('reads its own writes: the newest position of a service goes along', async () => {
    let asked: unknown;
    const { registry: client } = await serve({
      retireKnob: (_call, callback) => callback(null, { position: 'p9' }),
      listKnobs: (call, callback) => {
        asked = call.metadata.get('min-position')[0];
        callback(null, { knobs: [], nextPageToken: '' });
      },
    });
    await client.retireKnob({ namespace: 'n', name: 'k', reason: 'r' });
    await client.listKnobs({ namespace: 'n', pageSize: 0, pageToken: '' });
    expect(asked).toBe('p9');
  });

  it('says what to do when nobody listens, and keeps to a deadline', async () => {
    const nobody = connect('127.0.0.1:1');
    closers.push(() => nobody.close());
    const call = nobody.registry.missingBlobs({ digests: [] });
    await expect(call).rejects.toMatchObject({ kind: 'unavailable', code: 'SERVER_UNREACHABLE' });
    await expect(call).rejects.toThrow('(connect ECONNREFUSED 127.0.0.1:1); start one with `holdfast up`');
    const { registry: silent } = await serve({ missingBlobs: () => {} });
    await expect(silent.missingBlobs({ digests: [] }, { deadlineMs: 50 })).rejects.toMatchObject({
      kind: 'timeout',
    });
  });

  it('cancels a stream that is left early, and one whose signal aborts', async () => {
    let cancelled = 0;
    const line = { step: 's', channel: 'stdout', data: Buffer.from('x'), epoch: 1 };
    const { scheduler: client } = await serve({
      tailLogs: (call) => {
        call.on('cancelled', () => (cancelled += 1));
        call.write(line);
        call.write(line);
      },
    });
    const request = { namespace: 'n', id: 'i', follow: true, shown: [] };
    for await (const { step } of client.tailLogs(request)) {
      expect(step).toBe('s');
      break;
    }
    const abort = new AbortController();
    const listening = (async () => {
      for await (const _ of client.tailLogs(request, { signal: abort.signal })) abort.abort();
    })();
    await expect(listening).rejects.toMatchObject({ kind: 'cancelled' });
    while (cancelled < 2) await new Promise((resolve) => setImmediate(resolve));
  });

  it('stops taking messages when the server has answered, and cancels when the source fails', async () => {
    let taken = 0;
    async function* endless() {
      for (;;) {
        taken += 1;
        yield { data: Buffer.alloc(64 * 1024) };
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const { registry: client } = await serve({
      putBlob: (call, callback) => {
        call.once('data', () => callback(null, { blob }));
      },
    });
    await expect(client.putBlob(endless())).resolves.toEqual({ blob });
    expect(taken).toBeGreaterThan(0);
    await expect(
      client.putBlob(
        (function* (): Generator<registry.PutBlobRequest> {
          throw new Error('disk gone');
        })(),
      ),
    ).rejects.toThrow('disk gone');
  });

  it('refuses metadata that would not survive, without repeating it', async () => {
    const { registry: client } = await serve({});
    const call = client.missingBlobs({ digests: [] }, { idempotencyKey: 'line\nbreak' });
    await expect(call).rejects.toMatchObject({ kind: 'invalid', code: 'INVALID_METADATA' });
    await expect(call).rejects.not.toThrow('break');
  });
});
