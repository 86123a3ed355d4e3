import {
  DomainError,
  isDomainError,
  type Chance,
  type Clock,
  type Decider,
  type Instant,
  type StreamId,
} from '#kernel';
import { uuidV5 } from '#evidence';
import type { Actor, EventCodec } from '#contracts/stored';
import type { EventStore, Position } from '#event-store';
import { StateCache } from './state-cache.js';
import { inTurns } from './turns.js';

/** Who asks, why, and what for: becomes the metadata of every event the command gives. */
export interface CommandContext {
  /** UUID; event ids are UUIDv5 of it and their index, so a retry appends the same events. */
  readonly commandId: string;
  readonly actor: Actor;
  readonly reason?: string | undefined;
  readonly correlationId: string;
  readonly causationId?: string | undefined;
  /** When the command was first received; a retry keeps it. */
  readonly receivedAt: Instant;
}

export interface Executed<State, Event> {
  readonly state: State;
  /** Empty when the command had already been carried out. */
  readonly events: readonly Event[];
  /** Last revision of the stream, −1 while it is empty. */
  readonly revision: number;
  /** Of the last event appended by this command; absent when there was none. */
  readonly position?: Position;
}

export interface CommandHandler<Command, State, Event> {
  /**
   * Reads, folds, decides, appends at the exact revision; decides anew when another writer came first.
   * @throws what `decide` throws; CONTENTION (conflict) after {@link maxTries} lost races
   */
  execute(stream: StreamId, command: Command, context: CommandContext): Promise<Executed<State, Event>>;
  /** The state now; `revision` −1 for a stream that does not exist. */
  load(stream: StreamId): Promise<{ readonly state: State; readonly revision: number }>;
}

export interface CommandHandlerOptions<Command, State, Event extends { readonly type: string }> {
  readonly decider: Decider<Command, State, Event>;
  readonly codec: EventCodec<Event>;
  readonly eventStore: EventStore;
  readonly service: { readonly name: string; readonly version: string };
  readonly clock: Clock;
  readonly chance: Chance;
  /** Folded states kept, so that a busy stream is not read again; default 1,000. */
  readonly cachedStates?: number;
}

export const maxTries = 20;

export function commandHandler<Command, State, Event extends { readonly type: string }>(
  options: CommandHandlerOptions<Command, State, Event>,
): CommandHandler<Command, State, Event> {
  const { decider, codec, eventStore, service, clock, chance, cachedStates = 1000 } = options;
  const cache = new StateCache<State>(cachedStates);
  const inTurn = inTurns();

  async function load(stream: StreamId) {
    let { state, revision } = cache.get(stream) ?? { state: decider.initial, revision: -1 };
    for await (const batch of eventStore.readStream(stream, { from: revision + 1 })) {
      for (const stored of batch) {
        state = decider.evolve(state, codec.decode(stored.type, stored.bytes).event);
        revision = stored.revision;
      }
    }
    cache.set(stream, { state, revision });
    return { state, revision };
  }

  async function attempt(
    stream: StreamId,
    command: Command,
    context: CommandContext,
    known: { readonly state: State; readonly revision: number },
  ): Promise<Executed<State, Event>> {
    const events = decider.decide(command, known.state);
    if (events.length === 0) return { state: known.state, events, revision: known.revision };
    const metadata = {
      actor: context.actor,
      ...(context.reason === undefined ? {} : { reason: context.reason }),
      correlationId: context.correlationId,
      ...(context.causationId === undefined ? {} : { causationId: context.causationId }),
      recordedAt: context.receivedAt,
      service: service.name,
      serviceVersion: service.version,
    };
    const batch = events.map((event, index) => ({
      eventId: uuidV5(context.commandId, String(index)),
      type: event.type,
      bytes: codec.encode(event, metadata),
    }));
    const expected = known.revision === -1 ? 'none' : known.revision;
    const { revision, position } = await eventStore.append(stream, expected, batch);
    const state = events.reduce<State>((before, event) => decider.evolve(before, event), known.state);
    cache.set(stream, { state, revision });
    return { state, events, revision, position };
  }

  return {
    load,
    execute: (stream, command, context) => inTurn(stream, () => execute(stream, command, context)),
  };

  async function execute(stream: StreamId, command: Command, context: CommandContext) {
    let known = cache.get(stream) ?? (await load(stream));
    for (let tries = 1; ; tries++) {
      try {
        return await attempt(stream, command, context, known);
      } catch (error) {
        const stale = isDomainError(error) && error.code === 'WRONG_REVISION';
        // A refusal decided on a cached state may be out of date as well.
        const refused = isDomainError(error) && tries === 1;
        if (!stale && !refused) throw error;
        const fresh = await load(stream);
        if (!stale && fresh.revision === known.revision) throw error;
        if (tries >= maxTries) throw contention(stream, error);
        known = fresh;
        if (tries > 1) await clock.sleep(chance.fraction() * 2 ** Math.min(tries, 6));
      }
    }
  }
}

const contention = (stream: StreamId, cause: unknown): DomainError =>
  new DomainError('conflict', 'CONTENTION', `${stream} is being written by others; try again`, { cause });
