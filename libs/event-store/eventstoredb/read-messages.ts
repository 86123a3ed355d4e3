import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { isStreamId } from '#kernel';
import type { Position, StoredEvent } from '../event-store.js';
import { identifierOf } from './append-messages.js';
import { storeCorrupt, tooOld } from './errors.js';
import { eventIdIn } from './event-id.js';
import { enginePosition, isKnown, positionOf } from './positions.js';

export type ReadReq = InstanceType<typeof streams.ReadReq>;
export type ReadResp = InstanceType<typeof streams.ReadResp>;
type Recorded = InstanceType<typeof streams.ReadResp.ReadEvent.RecordedEvent>;
const { Options } = streams.ReadReq;

const [forwards, backwards] = [0, 1] as const;
/** What the client asks for when it wants everything. */
const unlimited = Number.MAX_SAFE_INTEGER;
/** Types of all events but the engine's own, which also stand in streams that are ours: `$metadata`, `$streamDeleted`. */
const ours = '^[^$]';
/** Events that the engine looks at before it tells how far it is. */
const searchWindow = 32;

function request(): InstanceType<typeof Options> {
  const ids = new Options.UUIDOption().setString(new shared.Empty());
  return new Options().setUuidOption(ids).setReadDirection(forwards).setResolveLinks(false);
}
const counted = (count: number) => String(Math.min(count, unlimited));
const done = (options: InstanceType<typeof Options>): ReadReq => new streams.ReadReq().setOptions(options);

/** `from` inclusive. */
export function streamRequest(stream: string, from: number, count: number): ReadReq {
  const of = new Options.StreamOptions().setStreamIdentifier(identifierOf(stream)).setRevision(String(from));
  return done(request().setStream(of).setCount(counted(count)).setNoFilter(new shared.Empty()));
}

/** The engine includes the event at `after` in a read, and leaves it out of a subscription. */
export const allRequest = (
  after: Position | undefined,
  kinds: readonly string[] | undefined,
  count: number,
): ReadReq => done(allFrom(after, kinds).setCount(counted(count)));

export const subscriptionRequest = (
  after: Position | undefined,
  kinds: readonly string[] | undefined,
): ReadReq => done(allFrom(after, kinds).setSubscription(new Options.SubscriptionOptions()));

export const newestRequest = (): ReadReq =>
  done(
    request()
      .setAll(new Options.AllOptions().setEnd(new shared.Empty()))
      .setReadDirection(backwards)
      .setCount('1')
      .setFilter(filterOf(undefined)),
  );

function allFrom(after: Position | undefined, kinds: readonly string[] | undefined) {
  const all = new Options.AllOptions();
  if (after === undefined) all.setStart(new shared.Empty());
  else {
    const { commit, prepare } = enginePosition(after);
    all.setPosition(new Options.Position().setCommitPosition(commit).setPreparePosition(prepare));
  }
  return request().setAll(all).setFilter(filterOf(kinds));
}

/** In the engine. A dash ends the name of a kind, so `run-` is not `runbook-`; no name begins with one, so `-` is nothing. */
function filterOf(kinds: readonly string[] | undefined) {
  const filter = new Options.FilterOptions().setMax(searchWindow).setCheckpointintervalmultiplier(1);
  const expression = new Options.FilterOptions.Expression();
  if (kinds === undefined) return filter.setEventType(expression.setRegex(ours));
  const prefixes = kinds.length === 0 ? ['-'] : kinds.map((kind) => `${kind}-`);
  return filter.setStreamIdentifier(expression.setPrefixList(prefixes));
}

/**
 * The event in a message; undefined for other messages and for what the engine notes about a stream.
 * @throws STORE_CORRUPT for an event that this adapter did not write; STORE_FORMAT
 */
export function storedEvent(response: ReadResp): StoredEvent | undefined {
  const recorded = response.getEvent()?.getEvent();
  return recorded === undefined ? undefined : fromRecorded(recorded);
}

function fromRecorded(recorded: Recorded): StoredEvent | undefined {
  const type = recorded.getMetadataMap().get('type') ?? '';
  if (type.startsWith('$')) return undefined;
  const stream = Buffer.from(recorded.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
  const revision = Number(recorded.getStreamRevision());
  const eventId = eventIdIn(recorded.getCustomMetadata_asU8());
  if (eventId === undefined || !isStreamId(stream))
    throw storeCorrupt(
      `event ${revision} of ${JSON.stringify(stream.slice(0, 60))} was not written by Holdfast; give it an EventStoreDB of its own`,
    );
  const at = { commit: recorded.getCommitPosition(), prepare: recorded.getPreparePosition() };
  if (!isKnown(at)) throw tooOld();
  return { eventId, type, bytes: recorded.getData_asU8(), stream, revision, position: positionOf(at) };
}
