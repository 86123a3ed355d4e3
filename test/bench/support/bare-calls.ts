import { Client, credentials, type MethodDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cpuMs, residentMb } from './process-use.js';

const same = (bytes: Buffer): Buffer => bytes;
const append: MethodDefinition<Buffer, Buffer> = {
  ...{ path: '/bare.Rows/Append', requestStream: false, responseStream: false },
  ...{ requestSerialize: same, requestDeserialize: same },
  ...{ responseSerialize: same, responseDeserialize: same },
};
export const methods: ServiceDefinition = { append };

const main = fileURLToPath(new URL('./bare-calls-process.js', import.meta.url));

/** A gRPC server in a process of its own that writes each call's bytes to SQLite before it answers. */
export async function startBareCalls(path: string) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--no-warnings', main, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const readyAfterMs = performance.now() - startedAt;
  const client = new Client(`127.0.0.1:${String(port).trim()}`, credentials.createInsecure());
  const pid = child.pid as number;
  return {
    readyAfterMs,
    call: (bytes: Buffer) =>
      new Promise<Buffer>((resolve, reject) => {
        client.makeUnaryRequest(append.path, same, same, bytes, (error, answer) =>
          error === null ? resolve(answer as Buffer) : reject(error),
        );
      }),
    cpuMs: () => cpuMs(pid),
    residentMb: () => residentMb(pid),
    async stop() {
      client.close();
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
