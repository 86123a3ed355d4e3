// @ts-expect-error kafkajs has no types of its insides
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

interface Queue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: ReturnType<typeof setTimeout> | null;
  checkPendingRequests(): void;
}

/** How soon kafkajs looks again at requests that wait for a free place. */
const lookAgainMs = 10;

/**
 * kafkajs 2.2.4 sets a timer after every answer, also when no request waits, and then with `-1 - Date.now()` milliseconds:
 * Node prints a TimeoutNegativeWarning. This sets one only when something waits.
 */
function scheduleCheckPendingRequests(this: Queue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : lookAgainMs,
  );
}

Object.assign((RequestQueue as { prototype: object }).prototype, { scheduleCheckPendingRequests });
