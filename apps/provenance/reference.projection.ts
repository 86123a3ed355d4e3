import type { Digest, Json, JsonObject, StreamId } from '#kernel';
import type { Document } from '#read-store';
import type { ProjectedEvent, Projection } from '#runtime';
import { digestsIn, referringToNothing } from './digests-in.js';

/**
 * Digests that some consecutive events of one stream refer to: {@link eventsTogether} events make one document, so that none grows
 * with its stream. What blobs refer to in turn is looked up when it is asked for (`blob-graph.ts`).
 */
export interface ReferenceDocument extends Document {
  readonly stream: StreamId;
  readonly kind: string;
  /** Of the subject, in the first document of a stream. */
  readonly namespace: string | null;
  readonly name: string | null;
  readonly blobs: readonly Digest[];
  readonly mentions: readonly Digest[];
}

const eventsTogether = 32;

export const referenceProjection: Projection<ReferenceDocument> = {
  name: 'references',
  version: 1,
  restMs: 100,
  indexes: ['stream'],
  ids({ stream, kind, revision, data }) {
    // A removed blob is not kept alive by the record of it.
    if (referringToNothing.has(kind)) return [];
    const { blobs, mentions } = digestsIn(data);
    if (revision > 0 && blobs.size + mentions.size === 0) return [];
    return [`${stream}@${String(Math.floor(revision / eventsTogether)).padStart(6, '0')}`];
  },
  starts: ({ revision }) => revision === 0,
  project(doc, event, id) {
    const { blobs, mentions } = digestsIn(event.data);
    const first = event.revision === 0 ? subjectOf(event) : { namespace: null, name: null };
    const { stream, kind } = event;
    const before = doc ?? { id, stream, kind, ...first, blobs: [], mentions: [] };
    const all = new Set([...before.blobs, ...blobs]);
    const others = [...before.mentions, ...mentions].filter((digest) => !all.has(digest));
    return { ...before, blobs: [...all].sort(), mentions: [...new Set(others)].sort() };
  },
};

/** What people call the subject of a stream, from its first event. */
function subjectOf({ data }: ProjectedEvent): Pick<ReferenceDocument, 'namespace' | 'name'> {
  const declaration = (data['declaration'] ?? {}) as JsonObject;
  const blueprint = data['blueprint'] as JsonObject | undefined;
  const name = blueprint?.['name'] ?? data['name'] ?? declaration['knob'] ?? declaration['environment'];
  return { namespace: text(data['namespace']), name: text(name) };
}

const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
