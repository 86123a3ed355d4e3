import { DomainError } from '#kernel';
import type { Health } from '../health/health.js';
import type { Call } from './live-call.js';
import { toFailedCall, type FailedCall } from './service-error.js';

/** Answers a call that needs nothing of its request. */
export type EarlyAnswer = () => Promise<object>;

/**
 * What a process answers while its modules still wait for what they need: whoever has to wait says so, and gives the few answers that
 * there are. Where nobody waits the port is bound once all is there.
 */
export class EarlyCalls {
  readonly #answers = new Map<string, EarlyAnswer>();
  #begin: () => void = () => {};

  /** @param method `Registry/Diagnose` */
  answer(method: string, answer: EarlyAnswer): void {
    this.#answers.set(method, answer);
  }

  answerTo(path: string): EarlyAnswer | undefined {
    return this.#answers.get(path.slice(path.lastIndexOf('.') + 1));
  }

  /** From now on somebody waits. */
  begin(): void {
    this.#begin();
  }

  onBegin(listener: () => void): void {
    this.#begin = listener;
  }
}

type Callback = (error: FailedCall | null, value?: object) => void;
type FailingStream = Call & { emit(event: 'error', error: FailedCall): unknown };

/** A method as long as nothing is there that carries it out. */
export function earlyHandler(
  { path, responseStream }: { readonly path: string; readonly responseStream: boolean },
  calls: EarlyCalls,
  health: Health,
) {
  const answer = responseStream ? undefined : calls.answerTo(path);
  return (call: Call, callback: Callback): void => {
    const fail = (error: unknown) => {
      const failed = toFailedCall(error, call);
      if (responseStream) (call as FailingStream).emit('error', failed);
      else callback(failed);
    };
    if (answer === undefined) fail(starting(health));
    else answer().then((value) => callback(null, value), fail);
  };
}

function starting(health: Health): DomainError {
  const away = health.problems().filter(({ part }) => part !== 'process');
  const why = away.map(({ part, because }) => `${part} ${because}`).join('; ') || 'it is starting';
  return new DomainError('unavailable', 'SERVER_STARTING', `the server does not serve yet: ${why}`);
}
