import { DomainError, streamId, type Decider, type Digest, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import type { Tolerance } from '#domain/comparison';
import type { AcceptedRun, BaselineEvent } from './events.js';

/** `blueprint` is the name alone, without namespace and version. */
export const baselineStream = (
  namespace: string,
  blueprint: string,
  channel: string,
  metric: string,
): StreamId => streamId('baseline', nameId('baseline', namespace, blueprint, channel, metric));

export type BaselineCommand =
  | {
      readonly type: 'AcceptBaseline';
      readonly namespace: string;
      readonly blueprint: string;
      readonly channel: string;
      readonly metric: string;
      /** At least one; a value is finite. */
      readonly runs: readonly AcceptedRun[];
      readonly reference: { readonly run: string; readonly manifest: Digest };
      readonly tolerance: Tolerance;
      readonly at: Instant;
    }
  | { readonly type: 'RetireBaseline'; readonly at: Instant };

type Accepted = Extract<BaselineEvent, { type: 'BaselineAccepted' }>;

export type BaselineState =
  | { readonly status: 'absent' }
  | { readonly status: 'accepted'; readonly current: Accepted }
  | { readonly status: 'retired'; readonly current: Accepted };

export const maxAcceptedRuns = 1000;

export const baseline: Decider<BaselineCommand, BaselineState, BaselineEvent> = {
  initial: { status: 'absent' },

  decide(command, state) {
    return command.type === 'AcceptBaseline' ? accept(command, state) : retire(command, state);
  },

  evolve(state, event): BaselineState {
    switch (event.type) {
      case 'BaselineAccepted':
        return { status: 'accepted', current: event };
      case 'BaselineRetired':
        return state.status === 'absent' ? state : { status: 'retired', current: state.current };
    }
  },
};

function accept(
  { type: _, ...command }: Extract<BaselineCommand, { type: 'AcceptBaseline' }>,
  state: BaselineState,
): BaselineEvent[] {
  if (command.runs.length === 0 || command.runs.length > maxAcceptedRuns) {
    throw new DomainError('rule', 'BASELINE_RUNS', `a baseline takes 1 to ${maxAcceptedRuns} completed runs`);
  }
  const bad = command.runs.find(({ value }) => !Number.isFinite(value));
  if (bad) throw new DomainError('rule', 'BASELINE_VALUE', `run ${bad.run} has no finite ${command.metric}`);
  const previous = state.status === 'absent' ? undefined : state.current;
  if (state.status === 'accepted' && sameContent(state.current, command)) return [];
  return [{ type: 'BaselineAccepted', version: (previous?.version ?? 0) + 1, ...command }];
}

function retire(
  command: Extract<BaselineCommand, { type: 'RetireBaseline' }>,
  state: BaselineState,
): BaselineEvent[] {
  if (state.status === 'absent')
    throw new DomainError('not-found', 'BASELINE_NOT_FOUND', 'there is no such baseline');
  if (state.status === 'retired') return [];
  return [{ type: 'BaselineRetired', version: state.current.version, at: command.at }];
}

const sameContent = (a: Pick<Accepted, 'runs' | 'reference' | 'tolerance'>, b: typeof a): boolean =>
  JSON.stringify([a.runs.map(({ run }) => run).sort(), a.reference.run, a.tolerance]) ===
  JSON.stringify([b.runs.map(({ run }) => run).sort(), b.reference.run, b.tolerance]);
