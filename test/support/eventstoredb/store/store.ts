import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { decide, RecentIds, type Expected, type Refusal } from './expectation.js';
import { History, tombstoneType } from './history.js';
import { LogFile } from './log-file.js';
import { isSoftDeleted, metastreamOf, originalOf, softDeleteJson } from './metadata.js';
import { encodeRecord } from './record.js';
import { firstSystemEvents, epochOf } from './system-events.js';

export interface Proposed {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export type Written =
  /** `revision` −1 and no position: nothing was asked to be written, and there is no stream. */
  { readonly kind: 'written'; readonly revision: number; readonly position: number | undefined } | Refusal;

const tombstoneRevision = 2n ** 63n - 1n;

/** All there is of the database: its log, its index, and who may write what. `committed` is emitted when more has become durable. */
export class Store extends EventEmitter<{ committed: [] }> {
  readonly history = new History();
  readonly log: LogFile;
  readonly #recent = new RecentIds();

  constructor(dir: string) {
    super();
    this.setMaxListeners(0);
    this.log = new LogFile(join(dir, 'events.log'));
    this.log.recover((record, position) => this.history.add(record, position));
    this.history.visible = this.history.length;
  }

  /** Writes what the server writes for itself at a start. */
  async begin(): Promise<void> {
    const { stream, events } = epochOf(this.history.find('$epoch-information').events.length);
    if (this.history.length === 0)
      for (const first of firstSystemEvents) this.#write(first.stream, first.events);
    this.#write(stream, events);
    await this.#durable();
  }

  /** Resolves when it is durable, or with the reason why nothing was written. */
  async append(stream: string, expected: Expected, events: readonly Proposed[]): Promise<Written> {
    const ids = events.map(({ id }) => id);
    const decision = decide(this.history, this.#recent, stream, expected, ids);
    if (decision.kind === 'write') {
      const original = originalOf(stream);
      const revived = original !== undefined && this.#isSoftDeleted(original) ? original : undefined;
      this.#write(stream, events);
      if (decision.undelete) this.#undelete(stream, this.#last(stream) - events.length + 1);
      if (revived !== undefined) this.#undelete(revived, this.#last(revived) + 1);
    }
    const result = this.#resultOf(stream, decision);
    await this.#durable();
    return result;
  }

  /** Soft: events stay in the log and a later append continues the revisions. */
  async delete(stream: string, expected: Expected): Promise<Written> {
    const refusal = this.#refusalOf(stream, expected);
    if (refusal !== undefined) return refusal;
    const metastream = metastreamOf(stream);
    if (this.#last(stream) < 0 && this.#last(metastream) < 0) return { kind: 'wrong-revision', current: -1 };
    const position = this.log.end;
    this.#write(metastream, [systemEvent('$metadata', softDeleteJson)]);
    await this.#durable();
    return { kind: 'written', revision: this.#last(stream), position };
  }

  /** For good: nothing is read from or written to the stream again. */
  async tombstone(stream: string, expected: Expected): Promise<Written> {
    const refusal = this.#refusalOf(stream, expected);
    if (refusal !== undefined) return refusal;
    const position = this.log.end;
    this.#write(stream, [systemEvent(tombstoneType, Buffer.alloc(0))]);
    await this.#durable();
    return { kind: 'written', revision: this.#last(stream), position };
  }

  close(): Promise<void> {
    return this.log.close();
  }

  #last(stream: string): number {
    return this.history.find(stream).events.length - 1;
  }

  #isSoftDeleted(stream: string): boolean {
    return isSoftDeleted(this.history.find(stream).metadata);
  }

  #refusalOf(stream: string, expected: Expected): Refusal | undefined {
    const decision = decide(this.history, this.#recent, stream, expected, [randomBytes(16)]);
    return decision.kind === 'wrong-revision' || decision.kind === 'deleted' ? decision : undefined;
  }

  #undelete(stream: string, from: number): void {
    const { metadata } = this.history.find(stream);
    const data = Buffer.from(JSON.stringify({ ...metadata, $tb: from }));
    this.#write(metastreamOf(stream), [systemEvent('$metadata', data)]);
  }

  #resultOf(stream: string, decision: ReturnType<typeof decide>): Written {
    if (decision.kind === 'wrong-revision' || decision.kind === 'deleted') return decision;
    const revision = decision.kind === 'repeat' ? decision.revision : this.#last(stream);
    const index = this.history.find(stream).events[revision];
    const position = index === undefined ? undefined : this.history.positions.at(index);
    return { kind: 'written', revision, position };
  }

  #write(stream: string, events: readonly Proposed[]): void {
    const createdTicks = nowTicks();
    events.forEach((event, index) => {
      const next = this.#last(stream) + 1;
      const revision = event.type === tombstoneType ? tombstoneRevision : BigInt(next);
      const endsAppend = index === events.length - 1;
      const record = { ...event, stream, revision, createdTicks, endsAppend };
      this.history.add(record, this.log.end);
      this.#recent.add(event.id, stream, next);
      this.log.append(encodeRecord(record));
    });
  }

  async #durable(): Promise<void> {
    const upTo = this.history.length;
    await this.log.flushed();
    if (this.history.visible >= upTo) return;
    this.history.visible = upTo;
    this.emit('committed');
  }
}

/** Finer than milliseconds, as .NET's clock is. */
const nowTicks = (): bigint =>
  BigInt(Date.now()) * 10_000n + BigInt(Math.floor((performance.now() % 1) * 10_000));

const systemEvent = (type: string, data: Uint8Array): Proposed => ({
  id: randomBytes(16),
  type,
  isJson: true,
  data,
  metadata: Buffer.alloc(0),
});
