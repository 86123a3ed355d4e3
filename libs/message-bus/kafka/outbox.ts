import { DomainError } from '#kernel';
import { asBusError, brokerError, type KafkaBusOptions } from './client.js';
import { backoffMs, pause } from './deadline.js';
import type { BusProducer } from './producer.js';
import { bytesOf, type Outgoing } from './record.js';
import type { Topics } from './topics.js';

/** Of one batch: kafkajs makes one record batch of all that goes to one partition, and a broker takes 1,048,588 bytes. */
const batchBytes = 1_040_000;
/** What may wait while the broker is away, of one topic. */
const waitingBytes = 64 * 1024 * 1024;

/** A part of a call's messages that fits one batch. */
interface Parcel {
  readonly messages: readonly Outgoing[];
  readonly bytes: number;
  readonly sent: PromiseWithResolvers<void>;
  /** Its caller has gone. */
  late: boolean;
}

/** What is published to one topic: in order, one batch at a time, each of all that waits by then. */
export class Outbox {
  readonly #topic: string;
  readonly #producer: BusProducer;
  readonly #topics: Topics;
  readonly #deadlineMs: number;
  #waiting: Parcel[] = [];
  #bytes = 0;
  #working: Promise<void> | undefined;

  constructor(
    topic: string,
    producer: BusProducer,
    topics: Topics,
    { deadlineMs = 10_000 }: KafkaBusOptions,
  ) {
    this.#topic = topic;
    this.#producer = producer;
    this.#topics = topics;
    this.#deadlineMs = deadlineMs;
  }

  /** @throws BUS_UNAVAILABLE by the deadline, MESSAGE_TOO_LARGE, TOPIC_INVALID, BUS_FORBIDDEN */
  async put(messages: readonly Outgoing[]): Promise<void> {
    const parcels = parcelsOf(messages);
    const bytes = parcels.reduce((sum, parcel) => sum + parcel.bytes, 0);
    if (this.#bytes > 0 && this.#bytes + bytes > waitingBytes)
      throw unavailable('too much waits for the broker');
    this.#bytes += bytes;
    this.#waiting.push(...parcels);
    this.#working ??= this.#work();
    let reason: DomainError | undefined;
    const timer = setTimeout(() => {
      for (const parcel of parcels) {
        parcel.late = true;
        parcel.sent.reject(
          (reason ??= unavailable(`not taken within ${this.#deadlineMs} ms`, this.#failure)),
        );
      }
    }, this.#deadlineMs);
    try {
      await Promise.all(parcels.map(({ sent }) => sent.promise));
    } finally {
      clearTimeout(timer);
      this.#bytes -= bytes;
    }
  }

  #failure: DomainError | undefined;

  /** Resolves when nothing waits any more: sent, refused or too late. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // After this turn of the event loop, so that calls made in it go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#send(this.#next());
    this.#working = undefined;
  }

  #next(): readonly Parcel[] {
    let [count, bytes] = [0, 0];
    for (const parcel of this.#waiting) {
      if (count > 0 && bytes + parcel.bytes > batchBytes) break;
      bytes += parcel.bytes;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Tries until the broker has them, or says why not, or nobody waits for them any longer. */
  async #send(parcels: readonly Parcel[]): Promise<void> {
    for (let failures = 0; ; failures++) {
      const wanted = parcels.filter(({ late }) => !late);
      if (wanted.length === 0) return;
      try {
        await this.#topics.ensure([this.#topic]);
        await this.#producer.send(
          this.#topic,
          wanted.flatMap(({ messages }) => messages),
        );
        this.#failure = undefined;
        for (const { sent } of wanted) sent.resolve();
        return;
      } catch (error) {
        const failure = asBusError(error);
        if (failure.kind !== 'unavailable') return this.#refused(wanted, failure);
        if (brokerError(error) === 'UNKNOWN_TOPIC_OR_PARTITION') this.#topics.forget(this.#topic);
        this.#failure = failure;
        await pause(backoffMs(failures, 500));
      }
    }
  }

  /** One that cannot be taken must not take others with it. */
  async #refused(parcels: readonly Parcel[], failure: DomainError): Promise<void> {
    if (parcels.length === 1) parcels[0]?.sent.reject(failure);
    else for (const parcel of parcels) await this.#send([parcel]);
  }
}

function parcelsOf(messages: readonly Outgoing[]): Parcel[] {
  const parcels: Parcel[] = [];
  let [part, bytes]: [Outgoing[], number] = [[], 0];
  const finish = () => {
    if (part.length > 0)
      parcels.push({ messages: part, bytes, sent: Promise.withResolvers<void>(), late: false });
    [part, bytes] = [[], 0];
  };
  for (const message of messages) {
    const size = bytesOf(message);
    if (bytes + size > batchBytes) finish();
    part.push(message);
    bytes += size;
  }
  finish();
  return parcels;
}

function unavailable(message: string, cause?: DomainError): DomainError {
  const text = cause === undefined ? message : `${message}: ${cause.message}`;
  return new DomainError('unavailable', 'BUS_UNAVAILABLE', text, { cause });
}
