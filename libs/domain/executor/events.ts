import type { Instant } from '#kernel';

/** What an executor says of itself when it joins. */
export type ExecutorFacts = {
  readonly pool: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Attempts it runs at once. */
  readonly slots: number;
  readonly release: string;
  /** Levels it offers, strongest first. */
  readonly isolation: readonly string[];
  readonly architecture: string;
  /** Where it answers itself. */
  readonly address: string;
};

export const executorModes = ['active', 'draining', 'cordoned'] as const;
export type ExecutorMode = (typeof executorModes)[number];

export type ExecutorEvent =
  | ({ readonly type: 'ExecutorJoined'; readonly mode: ExecutorMode; readonly at: Instant } & ExecutorFacts)
  | { readonly type: 'ExecutorLeft'; readonly at: Instant }
  | { readonly type: 'ExecutorModeChanged'; readonly mode: ExecutorMode; readonly at: Instant }
  /** `slots` instead of what it says of itself, until it is scaled anew; null: as it says. */
  | { readonly type: 'ExecutorScaled'; readonly slots: number | null; readonly at: Instant };
