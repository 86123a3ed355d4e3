import { parseArgs } from 'node:util';
import { openServer } from './server.js';

const { values } = parseArgs({
  options: { dir: { type: 'string' }, port: { type: 'string', default: '0' } },
});
if (values.dir === undefined) throw new Error('usage: main.js --dir FOLDER [--port PORT]');

const { address, close } = await openServer({ dir: values.dir, port: Number(values.port) });
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void close().then(() => process.exit(0)));
console.log(JSON.stringify({ address, connectionString: `esdb://${address}?tls=false`, pid: process.pid }));
