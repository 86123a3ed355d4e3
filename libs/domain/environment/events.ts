import type { Instant } from '#kernel';
import type { EnvironmentDeclaration } from './declaration.js';

/** Facts of an `environment-<uuid of namespace and name>` stream. */
export type EnvironmentEvent =
  | {
      readonly type: 'EnvironmentRegistered';
      readonly namespace: string;
      readonly declaration: EnvironmentDeclaration;
      /** 1 for the first; the name then stands for the newest, and every number keeps its digest. */
      readonly number: number;
      readonly at: Instant;
    }
  /** The same digest became known elsewhere, or with its list of parts: nothing that reaches a step changed. */
  | {
      readonly type: 'EnvironmentDescribed';
      readonly declaration: EnvironmentDeclaration;
      readonly number: number;
      readonly at: Instant;
    };
