import type { ArtifactStore } from '#artifact-store';
import type { EventStore } from '#event-store';
import type { Subjects } from '#key-store';
import type { TileStore } from '#tile-store';
import { checkPlaces } from './check-places.js';
import { artifactStores, eventStores, open, people, tileStores, type OpenOptions } from './openers.js';
import { placeOf } from './place.js';

/**
 * One engine by itself, for what carries an installation over.
 * @param setting `sqlite:PATH` or `esdb://…`
 * @throws ENGINE_UNKNOWN, what is wrong with the place, STORE_IN_USE, STORE_CORRUPT
 */
export async function openEventStore(setting: string): Promise<EventStore> {
  const place = placeOf(setting);
  await checkPlaces([place]);
  return open(eventStores, 'event-store', place, {});
}

/** @param setting `file:PATH` or `s3://BUCKET/PREFIX` @throws as {@link openEventStore} */
export async function openArtifactStore(setting: string): Promise<ArtifactStore> {
  const place = placeOf(setting);
  await checkPlaces([place]);
  return open(artifactStores, 'artifact-store', place, {});
}

/** The files of the audit log. @param setting `file:PATH` or `s3://BUCKET/PREFIX` @throws as {@link openEventStore} */
export async function openTileStore(setting: string, options: OpenOptions = {}): Promise<TileStore> {
  return open(tileStores, 'audit-log', placeOf(setting), options);
}

/** Names of people and their keys. @param setting `file:PATH` or `mongodb://…` @throws as {@link openEventStore} */
export async function openPeople(setting: string): Promise<Subjects> {
  const place = placeOf(setting);
  await checkPlaces([place]);
  return open(people, 'people', place, {});
}
