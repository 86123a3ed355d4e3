import { streamKind, streamId, type Instant, type StreamId } from '#kernel';
import { driftCodec, holdCodec, reproductionCodec, retentionCodec } from '#contracts/stored';
import type { EventStore, Position, StoredEvent } from '#event-store';
import { forEverClass, keptBy, type RetentionClass, type SubjectFacts } from '#domain/retention';
import type { Reason } from '#runtime';

/** Who decided it, when and why. */
type Decided = { readonly by: string; readonly at: Instant; readonly reason: Reason };
export type DecidedClass = RetentionClass & Decided;
export type Assignment = Decided & {
  readonly subject: StreamId;
  readonly label: string;
  readonly class: string;
};
/** What nobody put anywhere is in it; nobody decided that. */
export const forEverRule: DecidedClass = {
  ...forEverClass,
  ...{ by: '', at: '1970-01-01T00:00:00.000Z' as Instant, reason: '' },
};
/** In force. */
export interface Hold {
  readonly stream: StreamId;
  readonly subject: StreamId;
  readonly label?: string;
  readonly authority: string;
}

/** What was ordered about keeping: classes, what is in them, and holds. From the events themselves, and as new as {@link catchUp} made it. */
export interface Orders {
  /** Reads what was appended before the call, by whomever. */
  catchUp(signal: AbortSignal): Promise<void>;
  readonly classes: ReadonlyMap<string, DecidedClass>;
  readonly assigned: ReadonlyMap<StreamId, Assignment>;
  holdsOn(facts: SubjectFacts): readonly Hold[];
}

const kinds = ['hold', 'retention'];

export function openOrders(eventStore: EventStore): Orders {
  const classes = new Map<string, DecidedClass>();
  const assigned = new Map<StreamId, Assignment>();
  const holds = new Map<StreamId, Hold & { readonly covers: readonly StreamId[] }>();
  let seen: Position | undefined;
  let turn: Promise<void> = Promise.resolve();

  async function read(signal: AbortSignal): Promise<void> {
    const after = seen === undefined ? {} : { after: seen };
    // A batch that was noted only in part is noted again: each event only says how things are now.
    for await (const batch of eventStore.readAll({ ...after, kinds, signal })) {
      for (const stored of batch)
        if (streamKind(stored.stream) === 'hold') await noteHold(stored);
        else noteRule(stored);
      seen = batch.at(-1)?.position ?? seen;
    }
  }

  async function noteHold({ stream, type, bytes }: StoredEvent): Promise<void> {
    const { event } = holdCodec.decode(type, bytes);
    if (event.type === 'HoldReleased') return void holds.delete(stream);
    const { subject, label, authority } = event;
    const named = label === undefined ? {} : { label };
    const covers = await coveredBy(eventStore, subject);
    holds.set(stream, { stream, subject, ...named, authority, covers });
  }

  function noteRule({ type, bytes }: StoredEvent): void {
    const { event, metadata } = retentionCodec.decode(type, bytes);
    const decided = { by: metadata.actor.id, at: event.at, reason: metadata.reason ?? '' };
    if (event.type === 'RetentionAssigned') {
      const { subject, label } = event;
      assigned.set(subject, { subject, label, class: event.class, ...decided });
      return;
    }
    const { name, keepForDays, authority } = event;
    const { artifacts } =
      event.type === 'RetentionClassDeclared' ? event : (classes.get(name) ?? forEverClass);
    classes.set(name, { name, artifacts, keepForDays, authority, ...decided });
  }

  return {
    classes,
    assigned,
    catchUp: (signal) => (turn = turn.catch(() => undefined).then(() => read(signal))),
    holdsOn(facts) {
      const names = new Set(keptBy(facts));
      return [...holds.values()].filter(({ covers }) => covers.some((subject) => names.has(subject)));
    },
  };
}

/** A reproduction and a finding are kept with the runs that they are about. */
async function coveredBy(eventStore: EventStore, subject: StreamId): Promise<readonly StreamId[]> {
  const kind = streamKind(subject);
  if (kind !== 'reproduction' && kind !== 'drift') return [subject];
  const runs: string[] = [];
  for await (const [first] of eventStore.readStream(subject, { limit: 1 }))
    if (first !== undefined) runs.push(...runsIn(first));
  return [subject, ...runs.map((run) => streamId('run', run))];
}

function runsIn({ stream, type, bytes }: StoredEvent): readonly string[] {
  if (streamKind(stream) === 'drift') return [driftCodec.decode(type, bytes).event.run];
  const { event } = reproductionCodec.decode(type, bytes);
  return event.type === 'ReproductionStarted' ? [event.originalRun, event.repeatedRun] : [];
}
