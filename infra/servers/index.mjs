// Servers for tests: Kafka, MongoDB, S3 and EventStoreDB, each on a free port of 127.0.0.1.
import { dockerAnswers, imageOf, startContainer } from './containers.mjs';
import { eventstoredb } from './eventstoredb/server.mjs';
import { kafka } from './kafka/server.mjs';
import { mongodb } from './mongodb/server.mjs';
import { startProcess } from './processes.mjs';
import { s3 } from './s3/server.mjs';

export const servers = { eventstoredb, kafka, mongodb, s3 };
export const serverNames = Object.keys(servers);

/** @throws Error that lists the names there are */
export const serverNamed = (name) => {
  const server = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (server === undefined)
    throw new Error(`there is no server ${name}; there are ${serverNames.join(', ')}`);
  return server;
};

/** As a container where that goes, else as a process. @returns what runs, and what it is: `{ running, title, kind, note? }` */
export async function start(server, where) {
  const { title, kind } = server;
  const asProcess = async (note) => ({ running: await startProcess(server, where), title, kind, note });
  if (!dockerAnswers()) return asProcess();
  const image = await imageOf(server.container.service);
  if (image === undefined) return asProcess(`infra/compose.yaml has no image for ${server.name}`);
  try {
    return { running: await startContainer(server, image), title: image, kind: 'real' };
  } catch (error) {
    return asProcess(error.message);
  }
}

/**
 * A server of one's own, to be killed, paused and restarted; what it has answered to survives that (S3Mock: only `halt`).
 * @param {'eventstoredb' | 'kafka' | 'mongodb' | 's3'} name
 * @param {{ dir?: string }} where a folder for a process's data, which is then kept
 */
export async function startServer(name, where) {
  const { running } = await start(serverNamed(name), where);
  return running;
}
