import type { ArtifactStore } from '#artifact-store';
import type { EventStore } from '#event-store';
import { lazySubjects, type Subjects } from '#key-store';
import type { MessageBus } from '#message-bus';
import type { ReadStore } from '#read-store';
import { sqliteReadStores } from '#read-store/sqlite';
import { checkPlaces } from './check-places.js';
import {
  artifactStores,
  buses,
  eventStores,
  open,
  people,
  readStoresIn,
  type Openers,
  type OpenOptions,
  type Part,
} from './openers.js';
import type { EnginePlace } from './place.js';
import { untilThere, type Patience } from './until-there.js';

export interface OpenEnginesOptions extends OpenOptions {
  /** Absent: an engine that does not answer is an error at once. */
  readonly patience?: Patience;
}

/** What all services of one installation share. */
export interface SharedEngines {
  readonly eventStore: EventStore;
  readonly bus: MessageBus;
  readonly artifacts: ArtifactStore;
  /** Who people are, and the keys of what they wrote; opened by the first call. */
  readonly people: Subjects;
  /**
   * A service's own read store; of those of one process, all that are files share a thread. Whoever opens it closes it.
   * @throws ENGINE_UNKNOWN, STORE_IN_USE, STORAGE_READ_ONLY, STORAGE_FULL, STORE_CORRUPT, READ_STORE_URL
   */
  openReadStore(place: EnginePlace, options?: OpenOptions): Promise<ReadStore>;
  /** Whoever opened them closes them, after every service that stands on them. */
  close(): Promise<void>;
}

/** These are opened at once or not: nobody else makes them available. */
const inThisProcess = new Set(['sqlite', 'memory', 'file']);

const openPart = <Engine>(
  openers: Openers<Engine>,
  part: Part,
  place: EnginePlace,
  { patience, ...options }: OpenEnginesOptions,
): Promise<Engine> =>
  untilThere(part, inThisProcess.has(place.engine) ? undefined : patience, () =>
    open(openers, part, place, options),
  );

type Closable = { close(): Promise<void> };

/** What was opened, closed in the opposite order. */
function opened() {
  const engines: Closable[] = [];
  return {
    async keep<Engine extends Closable>(engine: Engine | Promise<Engine>): Promise<Engine> {
      const here = await engine;
      engines.unshift(here);
      return here;
    },
    async close(): Promise<void> {
      for (const engine of engines.splice(0)) await engine.close();
    },
  };
}

/**
 * Opens the event store first: its lock says whether this data folder is free.
 * @throws ENGINE_UNKNOWN, what is wrong with a place, STORE_IN_USE, STORAGE_READ_ONLY, STORAGE_FULL, STORE_CORRUPT; what was opened
 *   before is closed
 */
export async function openSharedEngines(
  places: Readonly<Record<'eventStore' | 'messageBus' | 'artifactStore' | 'people', EnginePlace>>,
  options: OpenEnginesOptions = {},
): Promise<SharedEngines> {
  const { keep, close } = opened();
  await checkPlaces([places.eventStore, places.messageBus, places.artifactStore, places.people]);
  try {
    const eventStore = await keep(openPart(eventStores, 'event-store', places.eventStore, options));
    const parts = await keep(openBusAndArtifacts(places, options));
    const readStores = readStoresIn(await keep(sqliteReadStores()));
    const openReadStore = (place: EnginePlace, own: OpenOptions = options) =>
      openPart(readStores, 'read-store', place, own);
    const directory = await keep(lazySubjects(() => open(people, 'people', places.people, options)));
    return { ...parts, eventStore, people: directory, openReadStore, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Only what an executor stands on: it keeps no history and no read models.
 * @throws ENGINE_UNKNOWN, what is wrong with a place, STORAGE_READ_ONLY, STORAGE_FULL; what was opened before is closed
 */
export async function openBusAndArtifacts(
  places: Readonly<Record<'messageBus' | 'artifactStore', EnginePlace>>,
  options: OpenEnginesOptions = {},
): Promise<Omit<SharedEngines, 'eventStore' | 'openReadStore' | 'people'>> {
  const { keep, close } = opened();
  const { messageBus, artifactStore } = places;
  await checkPlaces([messageBus, artifactStore]);
  try {
    const bus = await keep(openPart(buses, 'message-bus', messageBus, options));
    const artifacts = await keep(openPart(artifactStores, 'artifact-store', artifactStore, options));
    return { bus, artifacts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What readiness asks, by the name of each. */
export const probesOf = ({
  eventStore,
  bus,
  artifacts,
}: Pick<SharedEngines, 'bus' | 'artifacts'> & Partial<Pick<SharedEngines, 'eventStore'>>) =>
  [
    ...(eventStore === undefined ? [] : [{ part: 'event-store', probe: () => eventStore.probe() }]),
    { part: 'message-bus', probe: () => bus.probe() },
    { part: 'artifact-store', probe: () => artifacts.probe() },
  ] as const;
