import { epochMs, streamId, toInstant, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import { blueprintStream } from '#domain/blueprint';
import { forEver } from './decide.js';
import { artifactKinds, type ArtifactKind, type KeptFor } from './events.js';

const dayMs = 24 * 60 * 60 * 1000;

export interface RetentionClass {
  readonly name: string;
  readonly artifacts: readonly ArtifactKind[];
  readonly keepForDays: KeptFor;
  readonly authority: string;
}

export const forEverClass: RetentionClass = {
  ...{ name: forEver, artifacts: artifactKinds, keepForDays: null, authority: '' },
};

/** What decides about a run's bytes. */
export interface RunFacts {
  readonly run: string;
  readonly namespace: string;
  /** `namespace/name`; absent for a run that is known by its imported bundle only. */
  readonly blueprint?: string;
  readonly sweep?: string;
  /** Absent while it has not ended. */
  readonly endedAt?: Instant;
}

/** A namespace as the subject of a class or a hold; it need not have a stream. */
export const namespaceStream = (name: string): StreamId => streamId('namespace', nameId('namespace', name));

/** What a run may have been put in a class by, the nearest first. */
export function subjectsOf({ run, namespace, blueprint }: RunFacts): StreamId[] {
  const [, space = '', name = ''] = /^([^/]*)\/(.*)$/s.exec(blueprint ?? '') ?? [];
  return [
    streamId('run', run),
    ...(blueprint === undefined ? [] : [blueprintStream(space, name)]),
    namespaceStream(namespace),
  ];
}

/** What a hold may name to keep a run. */
export const keptBy = (facts: RunFacts): StreamId[] => [
  ...subjectsOf(facts),
  streamId('bundle', facts.run),
  ...(facts.sweep === undefined ? [] : [streamId('sweep', facts.sweep)]),
];

export interface Standing {
  readonly class: RetentionClass;
  /** What put it there; absent for the default. */
  readonly by?: StreamId;
  /** When the time of its class is over; absent for ever, or while it has not ended. */
  readonly until?: Instant;
  readonly isOver: boolean;
}

/** The class of the nearest subject that is in one, and whether its time is over. */
export function standingOf(
  facts: RunFacts,
  assigned: ReadonlyMap<StreamId, { readonly class: string }>,
  classes: ReadonlyMap<string, RetentionClass>,
  now: Instant,
): Standing {
  const by = subjectsOf(facts).find((subject) => assigned.has(subject));
  const of = classes.get((by && assigned.get(by)?.class) ?? forEver) ?? forEverClass;
  const { keepForDays } = of;
  const found = { class: of, ...(by === undefined ? {} : { by }) };
  if (facts.endedAt === undefined || keepForDays === null) return { ...found, isOver: false };
  const until = toInstant(epochMs(facts.endedAt) + keepForDays * dayMs);
  return { ...found, until, isOver: until <= now };
}
