// Before the container of an executor ends: it takes nothing more, and what it has is waited for, for at most so many seconds. What still
// runs then is given back by SIGTERM, and begins anew elsewhere.
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from '#rpc';

const { HOLDFAST_GRPC_HOST: host = '127.0.0.1', HOLDFAST_GRPC_PORT: port = '4653' } = process.env;
const endsAt = performance.now() + Number(process.argv[2] ?? 30) * 1000;

const { executor, close } = connect(`${host.includes(':') ? `[${host}]` : host}:${port}`);
const busy = async () => (await executor.getStatus({}, { repeatable: true })).attempts.length > 0;
await executor.drain({ reason: 'its container ends' });
while (performance.now() < endsAt && (await busy())) await wait(500);
close();
