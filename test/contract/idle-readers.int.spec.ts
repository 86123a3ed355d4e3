import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials, type ClientReadableStream } from '@grpc/grpc-js';
import { systemClock } from '#kernel';
import { digestBytes } from '#evidence';
import { auditor, provenance, scheduler } from '#contracts';
import { openServers, type Server, type Servers } from '../../apps/executor/testing/servers.js';

const MiB = 2 ** 20;

describe('clients that do not read', () => {
  let [servers, server] = [undefined as unknown as Servers, undefined as unknown as Server];
  const clients: Client[] = [];
  const calls: ClientReadableStream<unknown>[] = [];
  beforeAll(async () => {
    servers = await openServers();
    server = await servers.start();
  });
  afterAll(async () => {
    for (const call of calls) call.on('error', () => undefined).cancel();
    for (const client of clients) client.close();
    await servers.close();
  });

  const residentBytes = async () => {
    const [, kB] =
      /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${server.child.pid}/status`, 'utf8')) ?? [];
    return Number(kB) * 1024;
  };
  const open = () => {
    const client = new Client(server.address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    clients.push(client);
    return client;
  };
  /** Asked, and nobody ever reads the answer. */
  const ask = (client: Client, path: string, bytes: Buffer) => {
    const same = (given: Buffer) => given;
    calls.push(client.makeServerStreamRequest(path, same, same, bytes));
  };
  /** Others are answered, each within its deadline. */
  const othersAreAnswered = async () => {
    for (let i = 0; i < 20; i++) await server.client.scheduler.listRuns(anyRuns, { deadlineMs: 30_000 });
  };
  const anyRuns = scheduler.ListRunsRequest.fromPartial({ pageSize: 1 });

  it('of a large blob, eight at once: the server does not keep it for them, and others are answered', async () => {
    const bytes = Buffer.alloc(32 * MiB, 7);
    const digest = digestBytes(bytes);
    const header = { digest, sizeBytes: bytes.length, offset: 0 };
    const pieces = Array.from({ length: 32 }, (_, i) => ({ data: bytes.subarray(i * MiB, (i + 1) * MiB) }));
    await server.client.registry.putBlob([
      { header, data: Buffer.alloc(0) },
      ...pieces.map((piece) => ({ header: undefined, ...piece })),
    ]);
    const before = await residentBytes();
    const request = Buffer.from(
      provenance.GetBlobRequest.encode(provenance.GetBlobRequest.fromPartial({ digest })).finish(),
    );
    for (let i = 0; i < 8; i++) ask(open(), '/holdfast.provenance.v1.Provenance/GetBlob', request);
    await othersAreAnswered();
    expect(await residentBytes()).toBeLessThan(before + 128 * MiB);
  });

  it('of a history that goes on, 1,000 streams of one client: bounded memory, and others are answered', async () => {
    const before = await residentBytes();
    const client = open();
    const all = auditor.ReadHistoryRequest.fromPartial({ follow: true });
    const request = Buffer.from(auditor.ReadHistoryRequest.encode(all).finish());
    for (let i = 0; i < 1000; i++) ask(client, '/holdfast.auditor.v1.Auditor/ReadHistory', request);
    await othersAreAnswered();
    const id = await servers.submit(server.client, 'console.log(1)');
    for (let isOver = false; !isOver;) {
      const { run } = await server.client.scheduler.getRun({ namespace: 'default', id });
      isOver = run?.status === 'RUN_STATUS_COMPLETED';
      if (!isOver) await systemClock.sleep(50);
    }
    expect(await residentBytes()).toBeLessThan(before + 256 * MiB);
    for (const call of calls.splice(0)) call.on('error', () => undefined).cancel();
    await othersAreAnswered();
  });
});
