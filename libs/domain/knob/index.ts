export { checkKnob, checkKnobValue, knobSchema, parseKnob, type KnobDeclaration } from './declaration.js';
export { knob, knobStream, type KnobCommand, type KnobState } from './decide.js';
export type { KnobEvent } from './events.js';
