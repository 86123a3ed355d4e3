import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { textOf } from '../architecture/tree.js';
import { freePort } from '../support/servers/index.js';
import { serviceNames } from './settings.js';
import { run, toolMs, toolPath } from './tools.js';

const asIs = (bytes: Buffer): Buffer => bytes;
type Stream = ServerDuplexStream<Buffer, Buffer>;

/** Answers every message of a stream with its own name and the message's size, as it comes. */
async function echo(name: string): Promise<{ server: Server; port: number }> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const answer = (call: Stream) => {
    call.on('data', (bytes: Buffer) => call.write(Buffer.from(`${name} ${bytes.length}`)));
    call.on('end', () => call.end());
  };
  const method = {
    requestStream: true,
    responseStream: true,
    requestSerialize: asIs,
    requestDeserialize: asIs,
  };
  const codec = { ...method, responseSerialize: asIs, responseDeserialize: asIs };
  const paths = [
    `/holdfast.${name}.v1.Any/Talk`,
    ...(name === 'registry' ? ['/grpc.health.v1.Health/Talk'] : []),
  ];
  for (const path of paths) server.addService({ Talk: { path, ...codec } }, { Talk: answer });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { server, port };
}

describe('the router', () => {
  let folder: string;
  let nginx: ChildProcess;
  let client: Client;
  let echoes: { server: Server; port: number }[];
  let config: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-router-'));
    const path = await toolPath('nginx');
    echoes = await Promise.all(serviceNames.map(echo));
    const port = await freePort();
    config = textOf('infra/router/nginx.conf')
      .replaceAll('/tmp/', `${folder}/`)
      .replace('listen 4653', `listen 127.0.0.1:${port}`);
    serviceNames.forEach((name, i) => {
      config = config.replace(`server ${name}:4653`, `server 127.0.0.1:${echoes[i]!.port}`);
    });
    await writeFile(join(folder, 'nginx.conf'), config);
    const args = ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')];
    await run(path, ['-t', ...args], folder);
    // Without it root's workers could not use the folder.
    const user = process.getuid?.() === 0 ? ' user root root;' : '';
    nginx = spawn(path, [...args, '-g', `daemon off;${user}`], { stdio: ['ignore', 'ignore', 'inherit'] });
    client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    await new Promise<void>((resolve, reject) =>
      client.waitForReady(Date.now() + 150_000, (error) => (error ? reject(error) : resolve())),
    );
  }, toolMs);
  afterAll(async () => {
    client?.close();
    for (const { server } of echoes ?? []) server.forceShutdown();
    if (nginx?.kill('SIGTERM')) await once(nginx, 'exit');
    await rm(folder, { recursive: true, force: true });
  });

  const talk = (path: string) => client.makeBidiStreamRequest(path, asIs, asIs);
  /** The one answer to one message, of a call that then ends. */
  const answered = async (path: string): Promise<string> => {
    const call = talk(path);
    const ended = once(call, 'end');
    call.end(Buffer.from('x'));
    const answer = await heard(call);
    call.resume();
    await ended;
    return answer;
  };
  const heard = async (call: ReturnType<typeof talk>): Promise<string> =>
    ((await once(call, 'data')) as [Buffer])[0].toString();
  const failure = async (path: string): Promise<{ code: number; details: string }> => {
    const call = talk(path);
    call.end(Buffer.from('x'));
    call.resume();
    return (
      (await once(call, 'error').catch((error: unknown) => [error])) as [{ code: number; details: string }]
    )[0];
  };

  it.each(serviceNames)(
    'takes calls of %s to it, each message as it comes, in both directions',
    async (name) => {
      const call = talk(`/holdfast.${name}.v1.Any/Talk`);
      for (const size of [1, 100_000, 7]) {
        call.write(Buffer.alloc(size));
        expect(await heard(call)).toBe(`${name} ${size}`);
      }
      const ended = once(call.resume(), 'end');
      call.end();
      await ended;
    },
  );

  it('takes health to the registry', async () => {
    expect(await answered('/grpc.health.v1.Health/Talk')).toBe('registry 1');
  });

  it('lets uploads of any size through', async () => {
    const call = talk('/holdfast.registry.v1.Any/Talk');
    for (let i = 0; i < 30; i++) {
      call.write(Buffer.alloc(1024 * 1024));
      expect(await heard(call)).toBe('registry 1048576');
    }
    const ended = once(call.resume(), 'end');
    call.end();
    await ended;
  });

  it('says in the way of gRPC that there is no such service', async () => {
    for (const path of ['/holdfast.nobody.v1.Any/Talk', '/holdfast.registry.v2.Any/Talk', '/x'])
      expect(await failure(path)).toMatchObject({ code: 12 });
  });

  it('says UNAVAILABLE of a service that is away, and only of that one', async () => {
    const index = serviceNames.indexOf('auditor');
    echoes[index]!.server.forceShutdown();
    expect(await failure('/holdfast.auditor.v1.Any/Talk')).toMatchObject({ code: 14 });
    expect(await answered('/holdfast.scheduler.v1.Any/Talk')).toBe('scheduler 1');
  });
});
