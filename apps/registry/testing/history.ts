import { streamKind, type Digest, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import {
  blueprintCodec,
  datasetCodec,
  environmentCodec,
  knobCodec,
  type EventCodec,
} from '#contracts/stored';
import { blueprintStream, type BlueprintEvent } from '#domain/blueprint';
import { datasetStream, type DatasetEvent } from '#domain/dataset';
import { environmentStream, type EnvironmentEvent } from '#domain/environment';
import { knobStream, type KnobEvent } from '#domain/knob';
import type { Document } from '#read-store';
import { projectedEvent, type ProjectedEvent, type Projection } from '#runtime';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;
const blob = (digit: string) => ({ digest: digest(digit), sizeBytes: 10 });
const namespace = 'penguins';
const metadata = {
  actor: { id: nameId('actor', 'somebody'), type: 'person', roles: ['author'] },
  reason: 'because',
  correlationId: 'c-1',
  recordedAt: at,
  service: 'registry',
  serviceVersion: '0.1.0',
} as const;

/** One event of every type that the registry writes, and of each kind more than one; fixed for ever. */
export function history(): readonly ProjectedEvent[] {
  const knob = { knob: 'l2', type: 'number', default: 0.1, description: 'Weight decay' } as const;
  const node = { environment: 'node-26', kind: 'node', architecture: 'x64', digest: digest('e') } as const;
  const version = { type: 'BlueprintVersionDeclared', namespace, name: 'species', why: 'Why?', at } as const;
  const added = { type: 'DatasetVersionAdded', namespace, name: 'birds', at } as const;
  return [
    ...written<KnobEvent>(knobCodec, knobStream(namespace, 'l2'), [
      { type: 'KnobDeclared', namespace, declaration: knob, revision: 1, at },
      { type: 'KnobRevised', declaration: { ...knob, default: 0.2 }, revision: 2, at },
      { type: 'KnobRetired', revision: 2, at },
    ]),
    ...written<EnvironmentEvent>(environmentCodec, environmentStream(namespace, 'node-26'), [
      { type: 'EnvironmentRegistered', namespace, declaration: node, number: 1, at },
      { type: 'EnvironmentDescribed', declaration: { ...node, version: '26.10.0' }, number: 1, at },
      {
        type: 'EnvironmentRegistered',
        namespace,
        declaration: { ...node, digest: digest('f') },
        number: 2,
        at,
      },
    ]),
    ...written<BlueprintEvent>(blueprintCodec, blueprintStream(namespace, 'species'), [
      { ...version, version: digest('1'), number: 1, previous: null, document: blob('a'), lock: blob('b') },
      {
        ...version,
        version: digest('2'),
        number: 2,
        previous: digest('1'),
        document: blob('c'),
        lock: blob('d'),
        source: blob('e'),
      },
    ]),
    ...written<DatasetEvent>(datasetCodec, datasetStream(namespace, 'birds'), [
      {
        ...added,
        ...{ number: 1, digest: digest('3'), sizeBytes: 20, format: 'csv' },
        ...{ schema: blob('4'), profile: blob('5'), about: { license: 'CC0-1.0' } },
      },
      {
        ...added,
        ...{ number: 2, digest: digest('6'), sizeBytes: 30, format: 'tree' },
        about: { parents: ['birds@1'], transformation: 'unpacked' },
      },
    ]),
  ];
}

function written<Event extends { readonly type: string }>(
  codec: EventCodec<Event>,
  stream: StreamId,
  events: readonly Event[],
): ProjectedEvent[] {
  return events.map((event, revision) => {
    const eventId = nameId('event', stream, String(revision));
    const bytes = codec.encode(event, metadata);
    const position = `p${revision}` as Parameters<typeof projectedEvent>[0]['position'];
    return projectedEvent({ stream, revision, eventId, type: event.type, bytes, position }, revision);
  });
}

/** The documents of a read model over a history, by id. */
export function folded<Doc extends Document>(
  projection: Projection<Doc>,
  events: readonly ProjectedEvent[],
): readonly Doc[] {
  const docs = new Map<string, Doc>();
  for (const event of events.filter(({ stream }) => projection.kinds?.includes(streamKind(stream)))) {
    for (const id of projection.ids(event)) {
      const doc = projection.project(docs.get(id), event, id);
      if (doc === undefined) docs.delete(id);
      else docs.set(id, doc);
    }
  }
  return [...docs.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
