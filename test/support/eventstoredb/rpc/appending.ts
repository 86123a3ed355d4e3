import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../faults.js';
import type { Expected } from '../store/expectation.js';
import type { Proposed, Store, Written } from '../store/store.js';
import { notLeader, notReady } from './errors.js';

/** What an append is answered with; the last two only when it was asked to go wrong. */
export type Appended = Written | { readonly kind: 'not-ready' } | { readonly kind: 'timed-out' };

/** Appends, or does the wrong that it is asked to do. Never resolves where it is to hang; throws where the whole call is to fail. */
export async function appendOrMisbehave(
  store: Store,
  faults: Faults,
  stream: string,
  expected: Expected,
  events: readonly Proposed[],
): Promise<Appended> {
  const fault = faults.take('append');
  const write = (): Promise<Written> => store.append(stream, expected, events);
  const hang = (): Promise<never> => {
    faults.hung++;
    return new Promise(() => {});
  };
  switch (fault?.name) {
    case 'append-hangs-before-write':
      return hang();
    case 'append-hangs-after-write':
      await write();
      return hang();
    case 'append-fails-after-write':
      await write();
      throw notReady();
    case 'append-unavailable':
      throw notReady();
    case 'append-not-leader':
      throw notLeader(fault.options.host, fault.options.port);
    case 'append-not-ready':
      return { kind: 'not-ready' };
    case 'append-times-out':
      return { kind: 'timed-out' };
    case 'append-delayed':
      await sleep(fault.options.ms);
      return write();
    default:
      return write();
  }
}
