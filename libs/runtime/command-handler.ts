import {
  DomainError,
  isDomainError,
  type Chance,
  type Clock,
  type Decider,
  type FaultPoint,
  type StreamId,
} from '#kernel';
import type { EventCodec } from '#contracts/stored';
import type { EventStore } from '#event-store';
import type { Subjects } from '#key-store';
import { eventIdOf, metadataOf, type CommandContext } from './command-context.js';
import { earlierResult } from './earlier-result.js';
import { sealedReason } from './reasons.js';
import { StateCache, type Known } from './state-cache.js';
import { instanceOf, stampsOf, type Stamp } from './stamp.js';
import type { ToldAppend } from './told-numbers.js';
import { inTurns } from './turns.js';

export interface Executed<State, Event> extends Known<State> {
  /**
   * Empty when the command had already been carried out. `position` is that of the stream's last event in any case, so a
   * reader who waits for it sees what the command, or the first one like it, has done.
   */
  readonly events: readonly Event[];
}

export interface CommandHandler<Command, State, Event> {
  /**
   * Reads, folds, decides, appends at the exact revision; decides anew when another writer came first. A command id that
   * has been carried out on this stream gives the first result again.
   * @throws what `decide` throws; IDEMPOTENCY_KEY_REUSED (already-exists) when the command id was used for something else there;
   * CONTENTION (conflict) after {@link maxTries} lost races
   * @param begins the stream is thought not to be there: it is read only when that turns out to be wrong
   */
  execute(
    stream: StreamId,
    command: Command,
    context: CommandContext,
    begins?: boolean,
  ): Promise<Executed<State, Event>>;
  /** The state now; `revision` −1 for a stream that does not exist. */
  load(stream: StreamId): Promise<Known<State>>;
}

export interface CommandHandlerOptions<Command, State, Event extends { readonly type: string }> {
  readonly decider: Decider<Command, State, Event>;
  readonly codec: EventCodec<Event>;
  readonly eventStore: EventStore;
  /** Whose keys seal the reasons that people give. */
  readonly people: Subjects;
  readonly service: { readonly name: string; readonly version: string };
  readonly clock: Clock;
  readonly chance: Chance;
  /** When appends are made, and by whom; default: an instance of its own. */
  readonly stamp?: () => Stamp;
  /** See `EventSchema.since`; default 1. */
  readonly writeSchema?: number;
  /** Hears of each append; default nobody. */
  readonly append?: ToldAppend;
  /** Folded states kept, so that a busy stream is not read again; default 1,000. */
  readonly cachedStates?: number;
  /** Where tests kill the process: `before-append-RunSubmitted`, `after-append-RunSubmitted`. */
  readonly reach?: FaultPoint;
}

export const maxTries = 20;

export function commandHandler<Command, State, Event extends { readonly type: string }>(
  options: CommandHandlerOptions<Command, State, Event>,
): CommandHandler<Command, State, Event> {
  const { decider, codec, eventStore, people, service, clock, chance, writeSchema = 1, reach } = options;
  const { stamp = stampsOf(instanceOf(chance.uuid()), clock) } = options;
  const { cachedStates = 1000, append = (_events, _context, carryOut) => carryOut() } = options;
  const cache = new StateCache<State>(cachedStates);
  const inTurn = inTurns();

  const nothing: Known<State> = { state: decider.initial, revision: -1 };

  async function load(stream: StreamId): Promise<Known<State>> {
    let known = cache.get(stream) ?? nothing;
    for await (const batch of eventStore.readStream(stream, { from: known.revision + 1 })) {
      for (const { type, bytes, revision, position } of batch) {
        const state = decider.evolve(known.state, codec.decode(type, bytes).event);
        known = { state, revision, position };
      }
    }
    cache.set(stream, known);
    return known;
  }

  async function attempt(
    stream: StreamId,
    command: Command,
    context: CommandContext,
    known: Known<State>,
  ): Promise<Executed<State, Event>> {
    const decided = decider.decide(command, known.state);
    if (decided.length === 0) return { ...known, events: decided };
    const reason = context.reason && (await sealedReason(people, context));
    const metadata = metadataOf({ ...context, reason }, service, stamp());
    const versions = decided.map(({ type }) => codec.writtenVersion(type, writeSchema));
    const batch = decided.map((event, index) => ({
      eventId: eventIdOf(context.commandId, stream, index),
      type: event.type,
      bytes: codec.encode(event, metadata, versions[index]),
    }));
    // What an older version does not hold is not remembered either.
    const events = decided.map((event, index) => codec.asWritten(event, versions[index] as number));
    const expected = known.revision === -1 ? 'none' : known.revision;
    reach?.(`before-append-${events[0]?.type}`);
    const { revision, position } = await append(batch, context, () =>
      eventStore.append(stream, expected, batch),
    );
    reach?.(`after-append-${events[0]?.type}`);
    const state = events.reduce<State>((before, event) => decider.evolve(before, event), known.state);
    cache.set(stream, { state, revision, position });
    return { state, events, revision, position };
  }

  async function execute(stream: StreamId, command: Command, context: CommandContext, begins: boolean) {
    const cached = cache.get(stream) ?? (begins ? nothing : undefined);
    let known = cached ?? (await load(stream));
    let mayBeOld = cached !== undefined;
    for (let tries = 1; ; tries++) {
      const outcome = await attempt(stream, command, context, known).catch((error: unknown) => error);
      if (!isDomainError(outcome)) {
        if (outcome instanceof Error) throw outcome;
        const executed = outcome as Executed<State, Event>;
        if (executed.events.length > 0 || !mayBeOld) return executed;
      } else if (outcome.code === 'EVENT_ID_REUSED') {
        return earlierResult({ decider, codec, eventStore }, stream, command, context, await load(stream));
      }
      const lost = isDomainError(outcome) && outcome.code === 'WRONG_REVISION';
      // What was refused, or found done already, on a state from the cache may be out of date as well.
      if (!lost && !mayBeOld) throw outcome;
      const fresh = await load(stream);
      if (!lost && fresh.revision === known.revision) return settled<State, Event>(outcome);
      if (tries >= maxTries) throw contention(stream, outcome);
      known = fresh;
      mayBeOld = false;
      if (tries > 1) await clock.sleep(chance.fraction() * 2 ** Math.min(tries, 6));
    }
  }

  return {
    load,
    execute: (stream, command, context, begins = false) =>
      inTurn(stream, () => execute(stream, command, context, begins)),
  };
}

function settled<State, Event>(outcome: unknown): Executed<State, Event> {
  if (isDomainError(outcome)) throw outcome;
  return outcome as Executed<State, Event>;
}

const contention = (stream: StreamId, cause: unknown): DomainError =>
  new DomainError('conflict', 'CONTENTION', `${stream} is being written by others; try again`, { cause });
