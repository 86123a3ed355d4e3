import { nameId } from '#evidence';
import { assertNoProblems, epochMs, type Instant, type Problem } from '#kernel';
import { metadataNames } from '#rpc';
import { correlationPattern } from './call-origin.js';
import { liveCall, type Call } from './live-call.js';

export const actorTypes = ['person', 'service', 'executor'] as const;
export interface Actor {
  /** A random pseudonym. */
  readonly id: string;
  readonly type: (typeof actorTypes)[number];
  readonly roles: readonly string[];
}

/** Who calls, about what, and for how long they will wait. */
export interface CallContext {
  readonly actor: Actor;
  /** The same for every repetition of a command that named an idempotency key, and another for every other caller. */
  readonly commandId: string;
  readonly idempotencyKey?: string;
  readonly correlationId: string;
  /** Id of the event that set the call off; believed of services and executors only. */
  readonly causationId?: string;
  readonly receivedAt: Instant;
  /** The answer must include everything up to this position. */
  readonly minPosition?: string;
  /** Aborts when nobody waits any more; the reason is a `DomainError`. */
  readonly signal: AbortSignal;
  /** How long the client will wait, counted from `receivedAt`; Infinity without a deadline. */
  readonly deadlineMs: number;
}

/** Who did not say who they are. */
export const anonymous: Actor = { id: '00000000-0000-0000-0000-000000000000', type: 'person', roles: [] };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const printable = (longest: number) => new RegExp(`^[\\x20-\\x7e]{1,${longest}}$`);
const rules = [
  ['idempotencyKey', printable(200), '1 to 200 printable ASCII characters'],
  ['minPosition', printable(512), 'a position token as a command answered it'],
  ['correlationId', correlationPattern, '1 to 128 letters, digits, `.`, `:`, `_` or `-`'],
  ['causationId', uuid, 'the id of an event, a UUID in lower case'],
  ['actor', uuid, 'a UUID in lower case'],
  ['actorType', new RegExp(`^(${actorTypes.join('|')})$`), `one of ${actorTypes.join(', ')}`],
] as const;

type Entries = Readonly<Partial<Record<(typeof rules)[number][0], string>>>;

/** @throws INVALID_METADATA with every problem at once; values are not repeated */
export function callContext(call: Call): CallContext {
  const { abort, correlationId, clock, chance } = liveCall(call);
  const entries = entriesOf(call);
  const actor = actorOf(entries);
  const receivedAt = clock.now();
  const { idempotencyKey, minPosition, causationId } = entries;
  return {
    actor,
    commandId:
      idempotencyKey === undefined
        ? chance.uuid()
        : nameId('command', call.getPath(), actor.id, idempotencyKey),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(minPosition === undefined ? {} : { minPosition }),
    correlationId,
    ...(causationId === undefined || actor.type === 'person' ? {} : { causationId }),
    receivedAt,
    signal: abort.signal,
    deadlineMs: Math.max(0, Number(call.getDeadline()) - epochMs(receivedAt)),
  };
}

function entriesOf(call: Call): Entries {
  const problems: Problem[] = [];
  const entries = rules.flatMap(([name, pattern, wanted]) => {
    const field = metadataNames[name];
    const values = call.metadata.get(field);
    const [value] = values;
    if (value === undefined || value === '') return [];
    if (values.length === 1 && typeof value === 'string' && pattern.test(value))
      return [[name, value] as const];
    problems.push({ code: 'INVALID_METADATA', field, message: `must be given once, as ${wanted}` });
    return [];
  });
  assertNoProblems(problems, 'INVALID_METADATA');
  return Object.fromEntries(entries);
}

/** In solo mode the caller is believed. */
function actorOf({ actor, actorType }: Entries): Actor {
  if (actor === undefined) return anonymous;
  return { id: actor, type: (actorType ?? 'person') as Actor['type'], roles: [] };
}
