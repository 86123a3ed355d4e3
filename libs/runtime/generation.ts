import type { Lease, ReadStore } from '#read-store';

/** Which collection of a projection answers queries: old ones stay until a new one is complete. */
export interface Generation {
  readonly version: number;
  readonly number: number;
}

const key = (projection: string): string => `projection:${projection}`;

export const collectionOf = (projection: string, { version, number }: Generation): string =>
  `${projection}@${version}.${number}`;

export async function activeGeneration(
  readStore: ReadStore,
  projection: string,
): Promise<Generation | undefined> {
  const text = await readStore.getSetting(key(projection));
  return text === undefined ? undefined : (JSON.parse(text) as Generation);
}

/** Makes `next` the one that answers; false when another instance was first. */
export function activate(
  readStore: ReadStore,
  projection: string,
  previous: Generation | undefined,
  next: Generation,
): Promise<boolean> {
  return readStore.setSetting(key(projection), previous && JSON.stringify(previous), JSON.stringify(next));
}

/** Drops what an interrupted rebuild left: every collection of the projection but the active one. */
export async function dropOthers(
  readStore: ReadStore,
  projection: string,
  active: Generation,
  lease: Lease,
): Promise<void> {
  const keep = collectionOf(projection, active);
  for (const name of await readStore.collections()) {
    if (name.startsWith(`${projection}@`) && name !== keep) await readStore.dropCollection(name, lease);
  }
}
