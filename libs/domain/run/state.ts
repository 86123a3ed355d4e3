import type { Digest } from '#kernel';
import type { SweepMember } from './events.js';

/** What was asked, as far as later facts need it. */
type Asked = { readonly requestDigest: Digest; readonly sweep?: SweepMember };

/** What is known of an admitted run whatever becomes of it. */
export type Admitted = Asked & {
  readonly stepsTotal: number;
  readonly retry: { readonly attempts: number; readonly on: readonly string[] };
};

/** One lease of the run, and what was reported under it. */
export type Attempt = {
  readonly epoch: number;
  readonly executor: string;
  /** Digest of each report by what it is about: `started`, `step train[2]`. */
  readonly reports: Readonly<Record<string, Digest>>;
  readonly stepsCompleted: number;
  /** Digest of what was reported as its end; null while it lasts. */
  readonly end: Digest | 'lease-expired' | 'cancelled' | null;
};

type Held = Admitted & { readonly attempt: Attempt };

export type RunState =
  | { readonly status: 'absent' }
  | (Asked & { readonly status: 'submitted' })
  | (Asked & { readonly status: 'rejected' })
  /** `last` is the attempt that ended without a result. */
  | (Admitted & { readonly status: 'queued'; readonly last: Attempt | null })
  | (Held & { readonly status: 'claimed' })
  | (Held & { readonly status: 'running' })
  /** Held by an executor that is to stop. */
  | (Held & { readonly status: 'cancelling' })
  | (Held & { readonly status: 'completed' })
  | (Held & { readonly status: 'failed' })
  /** Without an attempt when nobody had claimed it. */
  | (Admitted & { readonly status: 'cancelled'; readonly last: Attempt | null });

export type RunStatus = RunState['status'];
export type HeldState = Extract<RunState, { status: 'claimed' | 'running' | 'cancelling' }>;

export const isHeld = (state: RunState): state is HeldState =>
  state.status === 'claimed' || state.status === 'running' || state.status === 'cancelling';

const terminal: readonly string[] = ['rejected', 'completed', 'failed', 'cancelled'];

/** For a fact that ends a run: the member of a sweep that it is, if it is one. */
export const memberOf = (asked: Asked): { readonly sweep?: SweepMember } =>
  asked.sweep === undefined ? {} : { sweep: asked.sweep };

/** Whether nothing can happen to a run of this status any more. */
export const isTerminal = (status: string): boolean => terminal.includes(status);

/** The attempt that lasts now, or the newest one that did. */
export function newestAttempt(state: RunState): Attempt | null {
  if ('attempt' in state) return state.attempt;
  return 'last' in state ? state.last : null;
}

/** Claims so far: the fencing token of the newest one, 0 before the first. */
export const epochOf = (state: RunState): number => newestAttempt(state)?.epoch ?? 0;
