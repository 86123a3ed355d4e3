import { DomainError } from '#kernel';
import { serveThread } from '../serve.js';

/** A thread that does what a store never should, when it is asked to; at most three additions make a batch. */
serveThread((notify, { refuse }: { readonly refuse?: boolean }) => {
  if (refuse) throw new DomainError('unavailable', 'REFUSED', 'not today', { facts: { why: 'a test' } });
  const batches: number[] = [];
  return {
    operations: {
      echo: (value: never) => value,
      tell: (value: never) => notify(value),
      refuse: () => {
        throw new DomainError('rule', 'NO', 'it said no', { facts: { n: 1 } });
      },
      stumble: () => (undefined as unknown as { length: number }).length,
      crash: () => {
        setImmediate(() => {
          throw new Error('out of the blue');
        });
        throw new DomainError('unavailable', 'CRASHING', 'it is about to crash');
      },
      batches: () => batches,
    },
    batch: {
      operation: 'add',
      fit: (payloads) => Math.min(payloads.length, 3),
      run(payloads) {
        batches.push(payloads.length);
        return payloads.map((n: number) => () => {
          if (n < 0) throw new DomainError('invalid', 'NEGATIVE', `${n} is negative`);
          return n + 1;
        });
      },
    },
    close: () => undefined,
  };
});
