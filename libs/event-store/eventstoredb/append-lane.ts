import { randomUUID } from 'node:crypto';
import {
  appendAnswer,
  appendRequest,
  uuidOf,
  type AppendAnswer,
  type AppendCall,
} from './append-messages.js';
import type { Channel } from './connection.js';
import { fromEngine, storeUnavailable } from './errors.js';

/**
 * One `BatchAppend` call: appends go in as they come, answers come in any order and are told apart by a number of their own. It is one
 * call for all of them because a call for each costs more than twice as much.
 */
export interface AppendLane {
  /** False once it takes no more. */
  isOpen(): boolean;
  /** @throws STORE_UNAVAILABLE when the lane ends, or after `limitMs`; the append is then in doubt */
  send(append: AppendCall, limitMs: number): Promise<AppendAnswer>;
  /** Takes no more; what is under way may still be answered. */
  retire(): void;
}

interface Waiting {
  resolve(answer: AppendAnswer): void;
  reject(error: Error): void;
}

export function openAppendLane(channel: Channel): AppendLane {
  const call = channel.streams.batchAppend(...channel.args());
  const waiting = new Map<string, Waiting>();
  let open = true;

  const retire = () => {
    open = false;
    if (waiting.size === 0) call.cancel();
  };
  const fail = (error: Error) => {
    open = false;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const settle = (correlationId: string): Waiting | undefined => {
    const found = waiting.get(correlationId);
    waiting.delete(correlationId);
    if (!open && waiting.size === 0) call.cancel();
    return found;
  };

  call.on('data', (response) => {
    channel.works();
    settle(uuidOf(response.getCorrelationId()))?.resolve(appendAnswer(response));
  });
  call.on('error', (error) => fail(fromEngine(error)));
  call.on('end', () => fail(storeUnavailable('it ended the call that appends go through')));

  return {
    isOpen: () => open && !channel.isGivenUp(),
    retire,
    send(append, limitMs) {
      const correlationId = randomUUID();
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () =>
            settle(correlationId)?.reject(storeUnavailable(`no answer to an append within ${limitMs} ms`)),
          limitMs,
        );
        waiting.set(correlationId, {
          resolve(answer) {
            clearTimeout(timer);
            resolve(answer);
          },
          reject(error) {
            clearTimeout(timer);
            reject(error);
          },
        });
        call.write(appendRequest(correlationId, append));
      });
    },
  };
}
