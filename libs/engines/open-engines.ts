import { DomainError } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { openFileArtifactStore } from '#artifact-store/file';
import type { EventStore } from '#event-store';
import { openSqliteEventStore } from '#event-store/sqlite';
import type { MessageBus } from '#message-bus';
import { openMemoryBus } from '#message-bus/memory';
import type { ReadStore } from '#read-store';
import { sqliteReadStores, type SqliteReadStores } from '#read-store/sqlite';

/** A place as settings write it, taken apart: `sqlite:data/events.sqlite` is `{ engine: 'sqlite', at: 'data/events.sqlite' }`. */
export interface EnginePlace {
  readonly engine: string;
  readonly at: string;
}

export interface OpenOptions {
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

/** What all services of one installation share. */
export interface SharedEngines {
  readonly eventStore: EventStore;
  readonly bus: MessageBus;
  readonly artifacts: ArtifactStore;
  /**
   * A service's own read store; of those of one process, all that are files share a thread. Whoever opens it closes it.
   * @throws ENGINE_UNKNOWN, STORE_IN_USE, STORAGE_READ_ONLY, STORAGE_FULL, STORE_CORRUPT
   */
  openReadStore(place: EnginePlace, options?: OpenOptions): Promise<ReadStore>;
  /** Whoever opened them closes them, after every service that stands on them. */
  close(): Promise<void>;
}

type Openers<Engine> = Readonly<Record<string, (at: string, options: OpenOptions) => Promise<Engine>>>;

const eventStores: Openers<EventStore> = {
  sqlite: (path, { fault }) => openSqliteEventStore({ path, fault }),
};
const readStoresIn = (files: SqliteReadStores): Openers<ReadStore> => ({
  sqlite: (path, { fault }) => files.open({ path, fault }),
});
const buses: Openers<MessageBus> = { memory: () => Promise.resolve(openMemoryBus()) };
const artifactStores: Openers<ArtifactStore> = {
  file: (dir, { fault }) => openFileArtifactStore({ dir, fault }),
};

function open<Engine>(
  openers: Openers<Engine>,
  { engine, at }: EnginePlace,
  what: string,
  options: OpenOptions,
): Promise<Engine> {
  const opener = Object.hasOwn(openers, engine) ? openers[engine] : undefined;
  if (opener !== undefined) return opener(at, options);
  const known = Object.keys(openers).join(', ');
  const message = `${what}: this release has no ${engine}; it has ${known}`;
  return Promise.reject(new DomainError('invalid', 'ENGINE_UNKNOWN', message));
}

/**
 * Opens the event store first: its lock says whether this data folder is free.
 * @throws ENGINE_UNKNOWN, STORE_IN_USE, STORAGE_READ_ONLY, STORAGE_FULL, STORE_CORRUPT; what was opened before is closed
 */
export async function openSharedEngines(
  places: Readonly<Record<'eventStore' | 'messageBus' | 'artifactStore', EnginePlace>>,
  options: OpenOptions = {},
): Promise<SharedEngines> {
  const opened: { close(): Promise<void> }[] = [];
  const keep = async <Engine extends { close(): Promise<void> }>(engine: Promise<Engine>) => {
    const here = await engine;
    opened.unshift(here);
    return here;
  };
  const close = async () => {
    for (const engine of opened.splice(0)) await engine.close();
  };
  try {
    const eventStore = await keep(open(eventStores, places.eventStore, 'HOLDFAST_EVENT_STORE', options));
    const bus = await keep(open(buses, places.messageBus, 'HOLDFAST_MESSAGE_BUS', options));
    const artifacts = await keep(
      open(artifactStores, places.artifactStore, 'HOLDFAST_ARTIFACT_STORE', options),
    );
    const files = sqliteReadStores();
    opened.unshift(files);
    const readStores = readStoresIn(files);
    const openReadStore = (place: EnginePlace, own = options) =>
      open(readStores, place, 'HOLDFAST_READ_STORE', own);
    return { eventStore, bus, artifacts, openReadStore, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Only what an executor stands on: it keeps no history and no read models.
 * @throws ENGINE_UNKNOWN, STORAGE_READ_ONLY, STORAGE_FULL; what was opened before is closed
 */
export async function openBusAndArtifacts(
  places: Readonly<Record<'messageBus' | 'artifactStore', EnginePlace>>,
  options: OpenOptions = {},
): Promise<Omit<SharedEngines, 'eventStore' | 'openReadStore'>> {
  const bus = await open(buses, places.messageBus, 'HOLDFAST_MESSAGE_BUS', options);
  try {
    const artifacts = await open(artifactStores, places.artifactStore, 'HOLDFAST_ARTIFACT_STORE', options);
    const close = async () => {
      await artifacts.close();
      await bus.close();
    };
    return { bus, artifacts, close };
  } catch (error) {
    await bus.close();
    throw error;
  }
}
