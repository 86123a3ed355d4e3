import { DomainError, killAt } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { openFileArtifactStore } from '#artifact-store/file';
import type { EventStore } from '#event-store';
import { openSqliteEventStore } from '#event-store/sqlite';
import { fileSubjects, type Subjects } from '#key-store';
import type { MessageBus } from '#message-bus';
import { openMemoryBus } from '#message-bus/memory';
import type { ReadStore } from '#read-store';
import type { SqliteReadStores } from '#read-store/sqlite';
import type { TileStore } from '#tile-store';
import { kafkaPlace } from './kafka-place.js';
import { written, type EnginePlace } from './place.js';

/** What a setting chooses an engine for: `HOLDFAST_EVENT_STORE` and so on. */
export type Part = 'event-store' | 'read-store' | 'message-bus' | 'artifact-store' | 'audit-log' | 'people';

export interface OpenOptions {
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
  /** Whose read store it is: where services share an address, each has a database of its own. */
  readonly service?: string | undefined;
}

type Opener<Engine> = (place: EnginePlace, options: OpenOptions) => Promise<Engine>;
export type Openers<Engine> = Readonly<Record<string, Opener<Engine>>>;

/** An adapter with a client library is loaded when it is chosen: the embedded ones start as fast as before. */
const eventStoreDb: Opener<EventStore> = async (place) =>
  (await import('#event-store/eventstoredb')).openEventStoreDb({ connection: written(place) });
const mongodb: Opener<ReadStore> = async (place, { fault, service }) =>
  (await import('#read-store/mongodb')).openMongoReadStore({
    ...{ url: written(place), fault },
    ...(service === undefined ? {} : { service }),
  });

export const eventStores: Openers<EventStore> = {
  sqlite: ({ at: path }, { fault }) => openSqliteEventStore({ path, fault }),
  esdb: eventStoreDb,
  'esdb+discover': eventStoreDb,
};

export const readStoresIn = (files: SqliteReadStores): Openers<ReadStore> => ({
  sqlite: ({ at: path }, { fault }) => files.open({ path, fault }),
  mongodb,
  'mongodb+srv': mongodb,
});

export const buses: Openers<MessageBus> = {
  memory: () => Promise.resolve(openMemoryBus()),
  kafka: async ({ at }) => (await import('#message-bus/kafka')).openKafkaBus(kafkaPlace(at)),
};

export const artifactStores: Openers<ArtifactStore> = {
  file: ({ at: dir }, { fault }) => openFileArtifactStore({ dir, fault }),
  async s3(place) {
    const [{ openS3ArtifactStore }, { s3Place }] = await Promise.all([
      import('#artifact-store/s3'),
      import('#s3'),
    ]);
    return openS3ArtifactStore(s3Place(written(place), 'HOLDFAST_ARTIFACT_STORE'));
  },
};

/** Loaded with the first event that is logged. */
export const tileStores: Openers<TileStore> = {
  async file({ at: dir }, { fault }) {
    return (await import('#tile-store/file')).openFileTileStore({ dir, reach: killAt(fault) });
  },
  async s3(place) {
    const [{ openS3TileStore }, { s3Place }] = await Promise.all([import('#tile-store/s3'), import('#s3')]);
    return openS3TileStore(s3Place(written(place), 'HOLDFAST_AUDIT_LOG'));
  },
};

const mongoPeople: Opener<Subjects> = async (place) =>
  (await import('#key-store/mongodb')).openMongoSubjects({ url: written(place) });

/** Opened when somebody is named or says why. */
export const people: Openers<Subjects> = {
  file: ({ at: folder }) => Promise.resolve(fileSubjects(folder)),
  mongodb: mongoPeople,
  'mongodb+srv': mongoPeople,
};

/** @throws ENGINE_UNKNOWN, and what the engine's adapter throws */
export function open<Engine>(
  openers: Openers<Engine>,
  part: Part,
  place: EnginePlace,
  options: OpenOptions,
): Promise<Engine> {
  const opener = Object.hasOwn(openers, place.engine) ? openers[place.engine] : undefined;
  if (opener !== undefined) return opener(place, options);
  const known = Object.keys(openers).join(', ');
  const setting = `HOLDFAST_${part.toUpperCase().replace('-', '_')}`;
  const message = `${setting}: this release has no ${place.engine}; it has ${known}`;
  return Promise.reject(new DomainError('invalid', 'ENGINE_UNKNOWN', message));
}
