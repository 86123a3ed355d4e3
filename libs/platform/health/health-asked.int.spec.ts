import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { afterEach, describe, expect, it } from '@jest/globals';
import { connect, type Connection } from '#rpc';

const server = new Server();
let connection: Connection | undefined;
afterEach(() => {
  connection?.close();
  server.forceShutdown();
});

describe('health', () => {
  it('is what the standard service says of each, and unknown where it has none', async () => {
    const statuses = new HealthImplementation({
      'holdfast.registry.v1.Registry': 'SERVING',
      'holdfast.scheduler.v1.Scheduler': 'NOT_SERVING',
    });
    statuses.addToServer(server);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    connection = connect(`127.0.0.1:${port}`);
    expect(await connection.health('registry')).toBe('serving');
    expect(await connection.health('scheduler')).toBe('not-serving');
    expect(await connection.health('auditor')).toBe('unknown');
  });

  it('says what to do when nobody answers', async () => {
    connection = connect('127.0.0.1:1');
    await expect(connection.health('registry')).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });
});
