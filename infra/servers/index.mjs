// Servers for tests: Kafka, MongoDB, S3 and EventStoreDB, each on a free port of 127.0.0.1.
import { eventstoredb } from './eventstoredb/server.mjs';
import { kafka } from './kafka/server.mjs';
import { mongodb } from './mongodb/server.mjs';
import { startProcess } from './processes.mjs';
import { s3 } from './s3/server.mjs';

export const servers = { eventstoredb, kafka, mongodb, s3 };
export const serverNames = Object.keys(servers);

export const serverNamed = (name) => {
  const server = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (server === undefined)
    throw new Error(`there is no server ${name}; there are ${serverNames.join(', ')}`);
  return server;
};

/**
 * A server of one's own, to be killed, paused and restarted; what it has answered to survives that.
 * @param {'eventstoredb' | 'kafka' | 'mongodb' | 's3'} name
 */
export const startServer = (name, where) => startProcess(serverNamed(name), where);
