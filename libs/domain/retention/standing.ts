import { epochMs, streamId, toInstant, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import { blueprintStream } from '#domain/blueprint';
import { datasetStream } from '#domain/dataset';
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

/** What decides about the bytes of a run, or of one version of a dataset. */
export interface SubjectFacts {
  /** A run's, or the `datasetVersionId`. */
  readonly id: string;
  readonly namespace: string;
  /** Of a version of a dataset, whose bytes are all `data`. */
  readonly dataset?: DatasetVersion;
  /** `namespace/name`; absent for a run that is known by its imported bundle only. */
  readonly blueprint?: string;
  readonly sweep?: string;
  /** When its time begins: a run's end, absent while it has not ended, or when a version was added. */
  readonly since?: Instant;
}

export type DatasetVersion = { readonly name: string; readonly number: number };

/** As people name it: `run <id>`, `dataset penguins/palmer@2`. */
export const labelOf = ({ id, namespace, dataset }: Pick<SubjectFacts, 'id' | 'namespace' | 'dataset'>) =>
  dataset === undefined ? `run ${id}` : `dataset ${namespace}/${dataset.name}@${dataset.number}`;

/** A namespace as the subject of a class or a hold; it need not have a stream. */
export const namespaceStream = (name: string): StreamId => streamId('namespace', nameId('namespace', name));

/** What it may have been put in a class by, the nearest first. */
export function subjectsOf({ id, namespace, dataset, blueprint }: SubjectFacts): StreamId[] {
  if (dataset !== undefined) return [datasetStream(namespace, dataset.name), namespaceStream(namespace)];
  const [, space = '', name = ''] = /^([^/]*)\/(.*)$/s.exec(blueprint ?? '') ?? [];
  return [
    streamId('run', id),
    ...(blueprint === undefined ? [] : [blueprintStream(space, name)]),
    namespaceStream(namespace),
  ];
}

/** What a hold may name to keep it. */
export const keptBy = (facts: SubjectFacts): StreamId[] => [
  ...subjectsOf(facts),
  ...(facts.dataset === undefined ? [streamId('bundle', facts.id)] : []),
  ...(facts.sweep === undefined ? [] : [streamId('sweep', facts.sweep)]),
];

export interface Standing {
  readonly class: RetentionClass;
  /** What put it there; absent for the default. */
  readonly by?: StreamId;
  /** When the time of its class is over; absent for ever, or while that has not begun. */
  readonly until?: Instant;
  readonly isOver: boolean;
}

/** Whether these go by it: its time is over, and they are what its class is of. */
export const isDue = ({ class: of, isOver }: Standing, kinds: readonly ArtifactKind[]): boolean =>
  isOver && kinds.every((kind) => of.artifacts.includes(kind));

/** The class of the nearest subject that is in one, and whether its time is over. */
export function standingOf(
  facts: SubjectFacts,
  assigned: ReadonlyMap<StreamId, { readonly class: string }>,
  classes: ReadonlyMap<string, RetentionClass>,
  now: Instant,
): Standing {
  const by = subjectsOf(facts).find((subject) => assigned.has(subject));
  const of = classes.get((by && assigned.get(by)?.class) ?? forEver) ?? forEverClass;
  const { keepForDays } = of;
  const found = { class: of, ...(by === undefined ? {} : { by }) };
  if (facts.since === undefined || keepForDays === null) return { ...found, isOver: false };
  const until = toInstant(epochMs(facts.since) + keepForDays * dayMs);
  return { ...found, until, isOver: until <= now };
}
