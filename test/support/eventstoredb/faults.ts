/** Faults that wait for calls: each befalls the next `times` calls of its kind, in the order in which they were asked for. */
export const callFaults = [
  'append-hangs-before-write',
  'append-hangs-after-write',
  'append-fails-after-write',
  'append-unavailable',
  'append-not-leader',
  'append-not-ready',
  'append-times-out',
  'append-delayed',
  'read-hangs',
  'read-unavailable',
  'read-delayed',
  'subscribe-hangs',
  'subscribe-unavailable',
] as const;

/** Faults that befall every subscription that is open at that moment. */
export const subscriptionFaults = [
  'subscriptions-silent',
  'subscriptions-end',
  'subscriptions-fail',
  'subscriptions-fall-behind',
] as const;

export type CallFault = (typeof callFaults)[number];
export type SubscriptionFault = (typeof subscriptionFaults)[number];

export interface FaultOptions {
  /** How many calls it befalls. */
  readonly times: number;
  /** For the delays, milliseconds. */
  readonly ms: number;
  /** For `read-unavailable`: so many events are still sent. */
  readonly after: number;
  /** For `append-not-leader`: where the leader is said to be. */
  readonly host: string;
  readonly port: number;
}

type Kind = 'append' | 'read' | 'subscribe';

/** What has been asked to go wrong. */
export class Faults {
  readonly subscriptions = new Set<OpenSubscription>();
  #waiting: { readonly name: CallFault; readonly options: FaultOptions; left: number }[] = [];
  /** How many calls were left without an answer. */
  hung = 0;

  readonly #wake: () => void;

  /** @param wake makes open subscriptions look again */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  add(name: CallFault, options: FaultOptions): void {
    this.#waiting.push({ name, options, left: options.times });
  }

  befall(name: SubscriptionFault): void {
    for (const subscription of this.subscriptions) subscription.fault = name;
    this.#wake();
  }

  /** What befalls this call; each is given out once. */
  take(kind: Kind): { readonly name: CallFault; readonly options: FaultOptions } | undefined {
    const found = this.#waiting.find(({ name }) => name.startsWith(`${kind}-`));
    if (found !== undefined && --found.left <= 0)
      this.#waiting = this.#waiting.filter((waiting) => waiting !== found);
    return found;
  }

  clear(): void {
    this.#waiting = [];
  }

  /** How many calls faults still wait for. */
  get waiting(): number {
    return this.#waiting.reduce((sum, { left }) => sum + left, 0);
  }
}

export interface OpenSubscription {
  fault: SubscriptionFault | undefined;
}
