import type { StreamId } from '#kernel';
import { canonicalize } from '#evidence';
import { knobCodec } from '#contracts/stored';
import type { Document } from '#read-store';
import type { ProjectedEvent, Projection } from '#runtime';

/** One knob of the catalogue as it is now; its id is its stream. */
export interface KnobDocument extends Document {
  readonly stream: StreamId;
  readonly namespace: string;
  readonly name: string;
  /** Canonical JSON. */
  readonly declaration: string;
  readonly retired: boolean;
  readonly revision: number;
}

export const knobProjection: Projection<KnobDocument> = {
  name: 'knobs',
  version: 1,
  kinds: ['knob'],
  indexes: [['namespace', 'name']],
  ids: ({ stream }) => [stream],
  project(knob, stored, id) {
    const event = knobOf(stored);
    switch (event.type) {
      case 'KnobDeclared': {
        const { namespace, declaration, revision } = event;
        return {
          id,
          stream: stored.stream,
          namespace,
          name: declaration.knob,
          declaration: canonicalize(declaration),
          retired: false,
          revision,
        };
      }
      case 'KnobRevised':
        return knob && { ...knob, declaration: canonicalize(event.declaration), revision: event.revision };
      case 'KnobRetired':
        return knob && { ...knob, retired: true };
    }
  },
};

const knobOf = ({ type, bytes }: ProjectedEvent) => knobCodec.decode(type, bytes).event;
