import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { auditor } from '#contracts';
import { auditorService } from './chunk-messages.js';
import { connect, type Connection } from './connect.js';

const count = 30;
const bytes = 200_000;
const server = new Server();
let connection: Connection;

beforeAll(async () => {
  server.addService(
    { exportAudit: auditorService.exportAudit },
    {
      // All at once, however much the client takes.
      exportAudit(call: ServerWritableStream<auditor.ExportAuditRequest, auditor.ExportAuditResponse>) {
        for (let i = 0; i < count; i++) call.write({ chunk: Buffer.alloc(bytes, i) });
        call.end();
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  connection = connect(`127.0.0.1:${port}`);
});
afterAll(() => {
  connection.close();
  server.forceShutdown();
});

it('chunks arrive as they were sent, though all are made in one room and wait on their way', async () => {
  const asked = { namespace: '', types: [], runs: [], blueprints: [], formats: [] };
  const streams = await Promise.all(
    [1, 2].map(() => Array.fromAsync(connection.auditor.exportAudit(asked), ({ chunk }) => chunk)),
  );
  for (const chunks of streams) {
    expect(chunks).toHaveLength(count);
    expect(chunks.every((chunk, i) => chunk.equals(Buffer.alloc(bytes, i)))).toBe(true);
  }
});
