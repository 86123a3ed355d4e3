import { Server, ServerCredentials } from '@grpc/grpc-js';
import { DatabaseSync } from 'node:sqlite';
import { methods } from './bare-calls.js';

/** A process of its own: answers a call when its row is on disk, as many as wait in one commit. */
const database = new DatabaseSync(process.argv[2] ?? ':memory:');
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (bytes BLOB)');
const insert = database.prepare('INSERT INTO rows VALUES (?)');
let waiting: { readonly bytes: Buffer; readonly answer: () => void }[] = [];

function commit(): void {
  const group = waiting.splice(0);
  database.exec('BEGIN');
  for (const { bytes } of group) insert.run(bytes);
  database.exec('COMMIT');
  for (const { answer } of group) answer();
}

const server = new Server();
server.addService(methods, {
  append(call: { readonly request: Buffer }, callback: (error: null, bytes: Buffer) => void) {
    if (waiting.length === 0) setImmediate(commit);
    waiting.push({ bytes: call.request, answer: () => callback(null, Buffer.alloc(40)) });
  },
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, port) => {
  process.stdout.write(`${port}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
waiting = [];
