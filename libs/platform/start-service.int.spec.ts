import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Client,
  credentials,
  type ServerReadableStream,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Controller, Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import { protoPath as healthProto, service as healthService } from 'grpc-health-check';
import { createRequire } from 'node:module';
import { registry, scheduler } from '#contracts';
import { DomainError, type Clock } from '#kernel';
import { connect, type Connection } from '#rpc';
import {
  answerStream,
  answerUpload,
  callContext,
  CLOCK,
  createLog,
  pageSize,
  startService,
  StopWork,
  type Call,
  type Running,
} from './index.js';

const seen: Record<string, unknown>[] = [];
const logged: string[] = [];
let produced = 0;
let left = 0;
let closedModules = 0;
let release = () => {};
let beforeStop: (withinMs: number) => Promise<void>;

@Controller()
class RegistryController {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  @GrpcMethod('Registry')
  retireKnob(
    request: registry.RetireKnobRequest,
    _metadata: unknown,
    call: Call,
  ): registry.RetireKnobResponse {
    const { signal: _, ...context } = callContext(call);
    seen.push({ ...context });
    if (request.name === 'bug') throw new TypeError('secret: hunter2');
    if (request.name === 'gone') throw new DomainError('not-found', 'NO_SUCH_KNOB', 'there is no such knob');
    return { position: this.clock.now() };
  }

  @GrpcMethod('Registry')
  async listKnobs(request: registry.ListKnobsRequest): Promise<registry.ListKnobsResponse> {
    if (request.namespace === 'slow') await new Promise<void>((resolve) => (release = resolve));
    return { knobs: [], nextPageToken: String(pageSize(request.pageSize)) };
  }

  @GrpcStreamCall('Registry')
  putBlob(
    call: ServerReadableStream<registry.PutBlobRequest, registry.PutBlobResponse>,
    callback: sendUnaryData<registry.PutBlobResponse>,
  ): Promise<void> {
    return answerUpload(call, callback, async (messages) => {
      let sizeBytes = 0;
      for await (const { data } of messages) {
        sizeBytes += data.length;
        if (data.includes('refuse')) throw new DomainError('integrity', 'DIGEST_DIFFERS', 'not those bytes');
      }
      return { blob: { digest: '', sizeBytes } };
    });
  }
}

@Controller()
class SchedulerController {
  @GrpcMethod('Scheduler')
  tailLogs(
    request: scheduler.TailLogsRequest,
    _metadata: unknown,
    call: ServerWritableStream<scheduler.TailLogsRequest, scheduler.TailLogsResponse>,
  ) {
    return answerStream(call, async function* () {
      try {
        for (produced = 0; produced < 5_000; produced += 1) {
          if (request.id === 'broken' && produced === 2) throw new DomainError('conflict', 'MOVED', 'moved');
          if (request.id === 'short' && produced === 3) return;
          yield { step: String(produced), channel: 'stdout', data: Buffer.alloc(16 * 1024), epoch: 1 };
        }
      } finally {
        left += 1;
      }
    });
  }
}

@Module({ controllers: [RegistryController, SchedulerController] })
class TestModule implements OnModuleDestroy {
  constructor(@Inject(StopWork) stopWork: StopWork) {
    stopWork.before((withinMs) => beforeStop(withinMs));
  }

  onModuleDestroy(): void {
    closedModules += 1;
  }
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

/** As long as a call may take to the end that the test gives it. */
const drainMs = 100_000;

const services = [
  { name: 'holdfast.registry.v1.Registry', definition: registry.RegistryService },
  { name: 'holdfast.scheduler.v1.Scheduler', definition: scheduler.SchedulerService },
];

let running: Running;
let client: Connection;

beforeEach(async () => {
  seen.length = 0;
  logged.length = 0;
  produced = 0;
  left = 0;
  closedModules = 0;
  beforeStop = () => Promise.resolve();
  running = await startService({
    name: 'test',
    module: TestModule,
    services,
    host: '127.0.0.1',
    grpcPort: 0,
    httpPort: 0,
    drainMs,
    log: createLog({ service: 'test', format: 'json', write: (line) => logged.push(line) }),
  });
  client = connect(running.address);
});

afterEach(async () => {
  client.close();
  await running.close();
});

const retire = { namespace: 'n', name: 'k', reason: 'r' };
const tail = { namespace: 'n', id: 'long', follow: false, shown: [] };

describe('a service', () => {
  it('hands the caller’s context to the handler, the same command id for the same key', async () => {
    const metadata = {
      'holdfast-actor': '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      'holdfast-actor-type': 'executor',
    };
    const options = {
      idempotencyKey: 'k1',
      correlationId: 'c1',
      minPosition: 'p1',
      deadlineMs: 30_000,
      metadata,
    };
    await client.registry.retireKnob(retire, options);
    await client.registry.retireKnob(retire, options);
    await client.registry.retireKnob(retire, { idempotencyKey: 'k1' });
    expect(seen[0]).toMatchObject({
      actor: { id: metadata['holdfast-actor'], type: 'executor', roles: [] },
      correlationId: 'c1',
      minPosition: 'p1',
      idempotencyKey: 'k1',
    });
    expect(seen[0]?.['deadlineMs']).toBeGreaterThan(1_000);
    expect(seen[1]?.['commandId']).toBe(seen[0]?.['commandId']);
    expect(seen[2]?.['commandId']).not.toBe(seen[0]?.['commandId']);
  });

  it('refuses metadata that makes no sense, all of it at once', async () => {
    const metadata = { 'holdfast-actor': 'root', 'holdfast-actor-type': 'god', 'correlation-id': 'a b' };
    const refused = client.registry.retireKnob(retire, { metadata });
    await expect(refused).rejects.toMatchObject({ kind: 'invalid', code: 'INVALID_METADATA' });
    const error = (await refused.catch((thrown: unknown) => thrown)) as DomainError;
    expect(error.problems.map(({ field }) => field)).toEqual([
      'correlation-id',
      'holdfast-actor',
      'holdfast-actor-type',
    ]);
  });

  it('lets a domain error through and keeps a bug to itself', async () => {
    await expect(client.registry.retireKnob({ ...retire, name: 'gone' })).rejects.toMatchObject({
      kind: 'not-found',
      code: 'NO_SUCH_KNOB',
      message: 'there is no such knob',
    });
    const error = (await client.registry
      .retireKnob({ ...retire, name: 'bug' })
      .catch((thrown: unknown) => thrown)) as DomainError;
    expect(error).toMatchObject({ kind: 'bug', code: 'INTERNAL_ERROR' });
    expect(error.message).not.toContain('hunter2');
    expect(logged.some((line) => line.includes(String(error.facts['incident'])))).toBe(true);
  });

  it('says of bytes that are no message that they are none, as of other invalid input', async () => {
    const client = new Client(running.address, credentials.createInsecure());
    const bytes = (value: Buffer) => value;
    const notOne = {
      code: 3,
      details: expect.stringMatching(/^the bytes are no request of .* make the client from that proto/),
    };
    for (const method of [
      registry.RegistryService.retireKnob.path,
      registry.RegistryService.listKnobs.path,
    ]) {
      const failed = new Promise((resolve) =>
        client.makeUnaryRequest(method, bytes, bytes, Buffer.from('ffffffff', 'hex'), resolve),
      );
      await expect(failed).resolves.toMatchObject(notOne);
    }
    const stream = client.makeServerStreamRequest(
      scheduler.SchedulerService.tailLogs.path,
      bytes,
      bytes,
      Buffer.from('ffffffff', 'hex'),
    );
    await expect(new Promise((resolve) => stream.once('error', resolve))).resolves.toMatchObject(notOne);
    const refused = new Promise((resolve) => {
      const upload = client.makeClientStreamRequest(
        registry.RegistryService.putBlob.path,
        bytes,
        bytes,
        resolve,
      );
      upload.write(Buffer.alloc(0));
      upload.write(Buffer.from('ffffffff', 'hex'));
    });
    await expect(refused).resolves.toMatchObject(notOne);
    client.close();
  });

  it('checks page sizes', async () => {
    const list = (size: number) =>
      client.registry.listKnobs({ namespace: 'n', pageSize: size, pageToken: '' });
    await expect(list(0)).resolves.toMatchObject({ nextPageToken: '50' });
    await expect(list(1_001)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('streams whole, and ends a stream with its error', async () => {
    const steps: string[] = [];
    for await (const { step } of client.scheduler.tailLogs({ ...tail, id: 'short' })) steps.push(step);
    expect(steps).toEqual(['0', '1', '2']);
    const broken = async () => {
      for await (const { step } of client.scheduler.tailLogs({ ...tail, id: 'broken' })) steps.push(step);
    };
    await expect(broken()).rejects.toMatchObject({ kind: 'conflict', code: 'MOVED' });
    expect(steps).toHaveLength(5);
  });

  it('waits for a slow reader instead of filling memory, and leaves the source when it goes', async () => {
    for await (const _ of client.scheduler.tailLogs(tail)) {
      let before = -1;
      await until(() => {
        const still = produced === before;
        before = produced;
        return still && produced > 0;
      });
      break;
    }
    await until(() => left === 1);
    expect(produced).toBeLessThan(1_000);
  });

  it('takes an upload, and stops it with an error', async () => {
    const parts = (text: string) =>
      Array.from({ length: 64 }, (_, index) => ({
        data: Buffer.from(index === 3 ? text : 'x'.repeat(50_000)),
      }));
    await expect(client.registry.putBlob(parts('ok'))).resolves.toEqual({
      blob: { digest: '', sizeBytes: 63 * 50_000 + 2 },
    });
    await expect(client.registry.putBlob(parts('refuse'))).rejects.toMatchObject({
      kind: 'integrity',
      code: 'DIGEST_DIFFERS',
    });
  });

  it('says over HTTP and gRPC whether it is ready', async () => {
    const ready = async () => (await fetch(`http://127.0.0.1:${running.httpPort}/readyz`)).status;
    const health = new Client(running.address, credentials.createInsecure());
    const { Check: check } = healthService;
    if (check === undefined) throw new Error('no Check');
    const status = (service: string) =>
      new Promise((resolve, reject) =>
        health.makeUnaryRequest(
          check.path,
          check.requestSerialize,
          check.responseDeserialize,
          { service },
          (error, response) => (error ? reject(error) : resolve((response as { status: string }).status)),
        ),
      );
    expect(await ready()).toBe(200);
    running.health.unready('registry:projections', 'catching up');
    expect(await ready()).toBe(503);
    expect(await status('holdfast.registry.v1.Registry')).toBe('NOT_SERVING');
    expect(await status('holdfast.scheduler.v1.Scheduler')).toBe('SERVING');
    expect(await status('')).toBe('NOT_SERVING');
    running.health.ready('registry:projections');
    expect(await ready()).toBe(200);
    health.close();
  });

  it('counts calls by method and status', async () => {
    await client.registry.retireKnob({ ...retire, name: 'gone' }).catch(() => {});
    const text = await (await fetch(`http://127.0.0.1:${running.httpPort}/metrics`)).text();
    expect(text).toMatch(/_call_seconds_count\{service="test",method="[^"]+RetireKnob",code="NOT_FOUND"\} 1/);
  });

  it('describes itself by reflection, health included', async () => {
    const folder = createRequire(import.meta.url)
      .resolve('@grpc/reflection')
      .replace(/src.*$/, 'proto');
    const definition = loadSync('grpc/reflection/v1/reflection.proto', {
      includeDirs: [folder],
      keepCase: true,
    });
    const method = (
      definition['grpc.reflection.v1.ServerReflection'] as unknown as Record<
        string,
        typeof healthService.Check
      >
    )['ServerReflectionInfo'];
    if (method === undefined) throw new Error('no ServerReflectionInfo');
    const raw = new Client(running.address, credentials.createInsecure());
    const call = raw.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
    call.end({ list_services: '' });
    const names: string[] = [];
    for await (const answer of call) {
      const { list_services_response: list } = answer as {
        list_services_response: { service: { name: string }[] };
      };
      names.push(...list.service.map(({ name }) => name));
    }
    raw.close();
    expect(names).toEqual(
      expect.arrayContaining([
        'holdfast.registry.v1.Registry',
        'holdfast.scheduler.v1.Scheduler',
        'grpc.health.v1.Health',
      ]),
    );
    expect(healthProto).toContain('health.proto');
  });

  it('stops by finishing what runs, ending streams, and only then closing the modules', async () => {
    const slow = client.registry.listKnobs({ namespace: 'slow', pageSize: 0, pageToken: '' });
    const stream = (async () => {
      for await (const _ of client.scheduler.tailLogs(tail)) await until(() => left > 0);
    })();
    const ended = expect(stream).rejects.toMatchObject({ kind: 'unavailable', code: 'SERVER_STOPPING' });
    release = () => {};
    const idle = release;
    await until(() => release !== idle && produced > 0);
    const closing = running.close();
    await ended;
    expect(closedModules).toBe(0);
    release();
    await expect(slow).resolves.toMatchObject({ nextPageToken: '50' });
    await closing;
    expect(closedModules).toBe(1);
  });

  it('lets work be given back while it still answers, and ends although that fails', async () => {
    let answered: unknown;
    beforeStop = async (withinMs) => {
      answered = [withinMs, running.health.isReady(), await client.registry.retireKnob(retire)];
      throw new Error('nobody wants it');
    };
    await running.close();
    expect(answered).toEqual([drainMs, false, { position: expect.any(String) }]);
    expect(logged.join()).toContain('nobody wants it');
    expect(closedModules).toBe(1);
  });

  it('refuses a port that is taken, with the way out', async () => {
    const second = startService({
      name: 'second',
      module: TestModule,
      services,
      host: '127.0.0.1',
      grpcPort: running.grpcPort,
    });
    await expect(second).rejects.toMatchObject({ kind: 'unavailable', code: 'CANNOT_LISTEN' });
    await expect(second).rejects.toThrow('HOLDFAST_GRPC_PORT');
  });
});
