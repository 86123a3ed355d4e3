import { DomainError, type Clock } from '#kernel';
import type { Position } from '#event-store';

/** How far a projection is, and who waits for it to be further. */
export interface Watermark {
  /** Everything up to here is shown, or is not of this projection. */
  highest(): Position | undefined;
  advance(position: Position): void;
  /** What was built is lost: it is only so far again, or nowhere. */
  fallBack(position?: Position): void;
  /** @throws NOT_CAUGHT_UP (timeout) when it takes longer than `deadlineMs` */
  reached(position: Position, deadlineMs: number, signal?: AbortSignal): Promise<void>;
  passed(position: Position): boolean;
  /** Whether somebody waits. */
  isAwaited(): boolean;
  close(): void;
}

export function openWatermark(compare: (a: Position, b: Position) => number, clock: Clock): Watermark {
  let highest: Position | undefined;
  let closed = false;
  const waiting = new Set<{ readonly position: Position; readonly done: (error?: Error) => void }>();
  const passed = (position: Position) => highest !== undefined && compare(highest, position) >= 0;

  return {
    highest: () => highest,
    passed,
    fallBack: (position) => void (highest = position),
    isAwaited: () => waiting.size > 0,
    advance(position) {
      if (passed(position)) return;
      highest = position;
      for (const waiter of waiting) if (passed(waiter.position)) waiter.done();
    },
    async reached(position, deadlineMs, signal) {
      // Compared with itself first, so that a token of another engine is refused even when nothing was folded yet.
      compare(position, position);
      if (passed(position)) return;
      if (closed) throw closing();
      if (signal?.aborted) throw gone();
      await new Promise<void>((resolve, reject) => {
        const done = (error?: Error) => {
          stop();
          signal?.removeEventListener('abort', abandon);
          waiting.delete(waiter);
          if (error) reject(error);
          else resolve();
        };
        const abandon = () => done(gone());
        const waiter = { position, done };
        const late = () =>
          done(new DomainError('timeout', 'NOT_CAUGHT_UP', 'the read model is not that far yet; try again'));
        const stop = clock.after(deadlineMs, late);
        waiting.add(waiter);
        signal?.addEventListener('abort', abandon, { once: true });
      });
    },
    close() {
      closed = true;
      for (const waiter of waiting) waiter.done(closing());
    },
  };
}

const gone = (): DomainError => new DomainError('cancelled', 'CANCELLED', 'the caller has gone');
const closing = (): DomainError => new DomainError('unavailable', 'CLOSING', 'the service is closing');
