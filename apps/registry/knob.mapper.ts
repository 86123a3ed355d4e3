import type { registry } from '#contracts';
import type { KnobDocument } from './knob.projection.js';

export const toKnob = (knob: KnobDocument): registry.Knob => ({
  namespace: knob.namespace,
  name: knob.name,
  declaration: Buffer.from(knob.declaration),
  retired: knob.retired,
  stream: knob.stream,
  revision: knob.revision,
});
