import type { Instant } from '#kernel';
import type { KnobDeclaration } from './declaration.js';

/** Facts of a `knob-<uuid of namespace and name>` stream. `revision` counts from 1 and never starts over. */
export type KnobEvent =
  | {
      readonly type: 'KnobDeclared';
      readonly namespace: string;
      readonly declaration: KnobDeclaration;
      readonly revision: number;
      readonly at: Instant;
    }
  | {
      readonly type: 'KnobRevised';
      readonly declaration: KnobDeclaration;
      readonly revision: number;
      readonly at: Instant;
    }
  | { readonly type: 'KnobRetired'; readonly revision: number; readonly at: Instant };
