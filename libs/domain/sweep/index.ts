export { sweep, sweepStream, type SweepCommand, type SweepState } from './decide.js';
export type { SweepEvent } from './events.js';
export { sweepLimits } from './limits.js';
export { memberCount, membersOf, type MemberKnobs, type Members } from './members.js';
export { axisKnobs, parseSpace, type ParsedSpace, type WrittenSpace } from './parse-space.js';
export type { KnobType } from './parse-values.js';
export type { Axis, AxisValue, Space } from './space.js';
export { valueProblems } from './value-problems.js';
