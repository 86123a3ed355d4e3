import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  binaryEvent,
  type AppendExpectedRevision,
  type AppendResult,
  type EventData,
  type EventStoreDBClient,
  type Position,
} from '@eventstore/db-client';

/** A server to check, through the real client. */
export interface Checked {
  readonly connectionString: string;
  readonly client: EventStoreDBClient;
}

/** One thing that the real server does, and how to see that ours does it too. */
export interface Behaviour {
  readonly name: string;
  check(server: Checked): Promise<void>;
}

export const newStream = (prefix = 'checked'): string => `${prefix}-${randomUUID()}`;

export const events = (count: number, type = 'Checked', data: Uint8Array = Buffer.from('{}')): EventData[] =>
  Array.from({ length: count }, () => binaryEvent({ type, data, id: randomUUID() }));

export const append = (
  { client }: Checked,
  stream: string,
  appended: EventData[],
  expectedRevision: AppendExpectedRevision = 'any',
): Promise<AppendResult> => client.appendToStream(stream, appended, { expectedRevision });

/** Where `$all` is now: what is read from here on began after this call, but for one event. */
export async function here(server: Checked): Promise<Position> {
  const { position } = await append(server, newStream('here'), events(1));
  if (position === undefined) throw new Error('an append without a position');
  return position;
}

/** The error that it ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('it did not fail');
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The first items, then ends the subscription. */
export async function first<T>(count: number, items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  if (count === 0) return found;
  for await (const item of items) if (found.push(item) === count) break;
  return found;
}

export const idsOf = (
  items: readonly { readonly event?: { readonly id: string } }[],
): (string | undefined)[] => items.map(({ event }) => event?.id);

/** Of a whole stream. */
export const revisionsOf = async ({ client }: Checked, stream: string): Promise<bigint[]> =>
  (await all(client.readStream(stream))).map(({ event }) => event?.revision ?? -1n);

/** Runs `then` once the subscription has caught up, and gives the first so many events. */
export async function following<T>(
  count: number,
  subscription: AsyncIterable<T> & NodeJS.EventEmitter,
  then: () => Promise<unknown>,
): Promise<T[]> {
  const found = first(count, subscription);
  await once(subscription, 'caughtUp');
  await then();
  return found;
}
