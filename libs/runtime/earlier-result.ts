import { DomainError, type Decider, type Json, type StreamId } from '#kernel';
import { canonicalize } from '#evidence';
import type { EventCodec } from '#contracts/stored';
import type { EventStore } from '#event-store';
import { eventIdOf, type CommandContext } from './command-context.js';
import type { Executed } from './command-handler.js';
import type { Known } from './state-cache.js';

interface Parts<Command, State, Event extends { readonly type: string }> {
  readonly decider: Decider<Command, State, Event>;
  readonly codec: EventCodec<Event>;
  readonly eventStore: EventStore;
}

/**
 * A command whose event ids are taken was carried out before, by a decider that would do it again. Finds those events and
 * answers with the stream as it is now and no new events, provided that the same command gave them.
 * @throws IDEMPOTENCY_KEY_REUSED when another command did
 */
export async function earlierResult<Command, State, Event extends { readonly type: string }>(
  { decider, codec, eventStore }: Parts<Command, State, Event>,
  stream: StreamId,
  command: Command,
  context: CommandContext,
  now: Known<State>,
): Promise<Executed<State, Event>> {
  let before: State | undefined;
  let state = decider.initial;
  const earlier: Event[] = [];
  for await (const batch of eventStore.readStream(stream)) {
    for (const { eventId, type, bytes } of batch) {
      const { event } = codec.decode(type, bytes);
      if (eventId === eventIdOf(context, earlier.length)) {
        if (earlier.length === 0) before = state;
        earlier.push(event);
      }
      state = decider.evolve(state, event);
    }
  }
  if (before !== undefined && same(decider.decide(command, before), earlier)) return { ...now, events: [] };
  throw new DomainError(
    'already-exists',
    'IDEMPOTENCY_KEY_REUSED',
    'this idempotency key was used for another request; take a new one',
    { facts: { stream } },
  );
}

const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  canonicalize(JSON.parse(JSON.stringify(a)) as Json) === canonicalize(JSON.parse(JSON.stringify(b)) as Json);
