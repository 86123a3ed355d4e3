import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Inject, Module } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { registry } from '#contracts';
import { traceIdOf } from '#observability';
import { connect, type Connection } from '#rpc';
import { callContext, createLog, LOG, startService, type Call, type Log, type Running } from '../index.js';

const lines: string[] = [];
let seen: string | undefined;

@Controller()
class RegistryController {
  constructor(@Inject(LOG) private readonly log: Log) {}

  @GrpcMethod('Registry')
  async retireKnob(
    { name }: registry.RetireKnobRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.RetireKnobResponse> {
    seen = callContext(call).correlationId;
    await Promise.resolve();
    this.log.info('deep below', { name });
    if (name === 'bug') throw new TypeError('unforeseen');
    return { position: '' };
  }
}

@Module({ controllers: [RegistryController] })
class TestModule {}

let running: Running;
let client: Connection;
beforeAll(async () => {
  running = await startService({
    name: 'registry',
    module: TestModule,
    services: [{ name: 'holdfast.registry.v1.Registry', definition: registry.RegistryService }],
    host: '127.0.0.1',
    grpcPort: 0,
    log: createLog({ service: 'registry', format: 'json', write: (line) => void lines.push(line) }),
  });
  client = connect(running.address);
});
afterAll(async () => {
  client.close();
  await running.close();
});

const retire = (name: string, options = {}) =>
  client.registry.retireKnob({ namespace: 'n', name, reason: 'r' }, options);
const logged = (message: string) =>
  lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['message'] === message);

describe('what is logged while a call is answered', () => {
  it('carries its correlation id and trace, whoever logs it, and nothing of other calls', async () => {
    await Promise.all(['c1', 'c2', 'c3'].map((id) => retire(id, { correlationId: id })));
    const found = logged('deep below');
    expect(found).toHaveLength(3);
    for (const { name, correlationId, traceId } of found)
      expect([correlationId, traceId]).toEqual([name, traceIdOf(String(name))]);
    running.log.info('outside');
    expect(logged('outside')[0]).not.toHaveProperty('correlationId');
  });

  it('has the correlation id of an error that nobody foresaw, too', async () => {
    await expect(retire('bug', { correlationId: 'c9' })).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(logged('a call failed for a reason we did not foresee')).toMatchObject([{ correlationId: 'c9' }]);
  });

  it('belongs to the trace that a client began, when it names no correlation id', async () => {
    const traceId = '0f8fad5bd9cb469fa16570867728950e';
    await retire('traced', { metadata: { traceparent: `00-${traceId}-0123456789abcdef-01` } });
    expect(seen).toBe('0f8fad5b-d9cb-469f-a165-70867728950e');
    expect(logged('deep below').at(-1)).toMatchObject({ correlationId: seen, traceId });
  });

  it('has an id of its own where the client named none, or what is no traceparent', async () => {
    await retire('alone', { metadata: { traceparent: '00-nonsense' } });
    expect(seen).toMatch(/^[0-9a-f-]{36}$/);
    expect(logged('deep below').at(-1)).toMatchObject({ correlationId: seen });
  });
});
