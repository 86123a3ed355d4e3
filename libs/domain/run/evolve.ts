import type { Attempt, HeldState, RunState } from './state.js';
import { epochOf, isHeld, memberOf } from './state.js';
import type { RunEvent } from './events.js';
import { endDigest, reportBehind, type ProgressEvent } from './reports.js';

/** Total: what cannot follow changes nothing. */
export function evolve(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'RunSubmitted':
      if (state.status !== 'absent') return state;
      return { status: 'submitted', requestDigest: event.requestDigest, ...memberOf(event) };
    case 'RunRejected':
      return state.status === 'submitted' ? { ...state, status: 'rejected' } : state;
    case 'RunAdmitted': {
      if (state.status !== 'submitted') return state;
      const { stepsTotal, retry } = event;
      return { ...state, status: 'queued', stepsTotal, retry, last: null };
    }
    case 'RunClaimed': {
      if (state.status !== 'queued') return state;
      const { last: _, ...admitted } = state;
      const { epoch, executor } = event;
      const attempt = { epoch, executor, reports: {}, stepsCompleted: 0, end: null };
      return { ...admitted, status: 'claimed', attempt };
    }
    case 'RunStarted':
      return inAttempt(state, event.epoch, (held) => ({
        ...reported(held, event),
        status: held.status === 'claimed' ? 'running' : held.status,
      }));
    case 'StepCompleted':
    case 'StepFailed':
      return inAttempt(state, event.epoch, (held) => reported(held, event));
    case 'RunLeaseExpired':
      return inAttempt(state, event.epoch, (held) => ended(held, 'lease-expired'));
    case 'RunCancelRequested':
      return isHeld(state) ? { ...state, status: 'cancelling' } : state;
    case 'RunRetried':
      return inAttempt(state, event.epoch, (held) => {
        const { attempt, ...admitted } = ended(held, endDigest({ failure: event.failure }));
        return { ...admitted, status: 'queued', last: attempt };
      });
    case 'RunCompleted':
      return inAttempt(state, event.epoch, (held) => ({
        ...ended(held, endDigest({ metrics: event.metrics })),
        status: 'completed',
      }));
    case 'RunFailed':
      return inAttempt(state, event.epoch, (held) => ({
        ...ended(held, endDigest({ failure: event.failure })),
        status: 'failed',
      }));
    case 'RunCancelled':
      if (state.status === 'queued') return { ...state, status: 'cancelled' };
      return inAttempt(state, event.epoch, (held) => {
        const { attempt, ...admitted } = ended(held, 'cancelled');
        return { ...admitted, status: 'cancelled', last: attempt };
      });
  }
}

const inAttempt = (state: RunState, epoch: number, next: (held: HeldState) => RunState): RunState =>
  isHeld(state) && epochOf(state) === epoch ? next(state) : state;

/** A lease that expired has its end already. */
const ended = (held: HeldState, end: Attempt['end']): HeldState => ({
  ...held,
  attempt: { ...held.attempt, end: held.attempt.end ?? end },
});

function reported(held: HeldState, event: ProgressEvent): HeldState {
  const { subject, digest } = reportBehind(event);
  const { attempt } = held;
  return {
    ...held,
    attempt: {
      ...attempt,
      reports: { ...attempt.reports, [subject]: digest },
      stepsCompleted: attempt.stepsCompleted + (event.type === 'StepCompleted' ? 1 : 0),
    },
  };
}
