import { parseArgs } from 'node:util';
import { openServer } from './server.js';

const { values } = parseArgs({
  options: { dir: { type: 'string' }, port: { type: 'string', default: '0' } },
});
if (values.dir === undefined) throw new Error('usage: main.js --dir FOLDER [--port PORT]');

const server = await openServer({ dir: values.dir, port: Number(values.port) });
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void server.close().then(() => process.exit(0)));
const connectionString = `esdb://${server.address}?tls=false`;
console.log(JSON.stringify({ address: server.address, connectionString, pid: process.pid }));
