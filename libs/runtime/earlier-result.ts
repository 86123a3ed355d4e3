import { DomainError, isDomainError, type Decider, type Instant, type Json, type StreamId } from '#kernel';
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
 * A command whose event ids are taken was carried out before: by another instance meanwhile, or by a decider that would do it
 * again. Answers with the stream as it is now and no new events, provided that the decider knows the command again, or that the
 * same command gave those events; when it was received makes no difference.
 * @throws IDEMPOTENCY_KEY_REUSED when another command did
 */
export async function earlierResult<Command, State, Event extends { readonly type: string }>(
  { decider, codec, eventStore }: Parts<Command, State, Event>,
  stream: StreamId,
  command: Command,
  context: CommandContext,
  now: Known<State>,
): Promise<Executed<State, Event>> {
  if (isDone(decider, command, now.state)) return { ...now, events: [] };
  let before: State | undefined;
  let asFirst = command;
  let state = decider.initial;
  const earlier: Event[] = [];
  const versions: number[] = [];
  for await (const batch of eventStore.readStream(stream)) {
    for (const { eventId, type, bytes } of batch) {
      const { event, metadata } = codec.decode(type, bytes);
      if (eventId === eventIdOf(context.commandId, stream, earlier.length)) {
        if (earlier.length === 0) {
          before = state;
          asFirst = receivedAt(command, metadata.receivedAt ?? metadata.recordedAt);
        }
        earlier.push(event);
        versions.push(metadata.schemaVersion);
      }
      state = decider.evolve(state, event);
    }
  }
  const again = before === undefined ? [] : decider.decide(asFirst, before);
  const asThen = again.map((event, index) =>
    codec.asWritten(event, versions[index] ?? codec.versions[event.type as Event['type']]),
  );
  if (before !== undefined && same(asThen, earlier)) return { ...now, events: [] };
  throw new DomainError(
    'already-exists',
    'IDEMPOTENCY_KEY_REUSED',
    'this idempotency key was used for another request; take a new one',
    { facts: { stream } },
  );
}

function isDone<Command, State, Event>(
  decider: Decider<Command, State, Event>,
  command: Command,
  state: State,
): boolean {
  try {
    return decider.decide(command, state).length === 0;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return false;
  }
}

/** Commands carry the time of their receipt as `at`. */
const receivedAt = <Command>(command: Command, at: Instant): Command =>
  typeof command === 'object' && command !== null && 'at' in command ? { ...command, at } : command;

const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  canonicalize(JSON.parse(JSON.stringify(a)) as Json) === canonicalize(JSON.parse(JSON.stringify(b)) as Json);
