import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { decide, RecentIds, type Decision, type Expected } from './expectation.js';
import { History } from './history.js';
import { LogFile } from './log-file.js';
import { encodeRecord, type StoredRecord } from './record.js';

export interface Proposed {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export type Written =
  | { readonly kind: 'written'; readonly revision: number; readonly position: number | undefined }
  | Exclude<Decision, { kind: 'write' | 'repeat' }>;

const none = new Uint8Array(0);

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

  /** Resolves when it is durable, or with the reason why nothing was written. */
  async append(stream: string, expected: Expected, events: readonly Proposed[]): Promise<Written> {
    const entry = this.history.entryOf(stream);
    const ids = events.map(({ id }) => id);
    const decision = decide(this.history, this.#recent, entry, false, expected, ids);
    if (decision.kind === 'write') this.#write(stream, events);
    const result = this.#resultOf(stream, decision);
    await this.#durable();
    return result;
  }

  /** Said to exist from its first start on, as the real server says which epoch it is in. */
  async begin(): Promise<void> {
    const data = Buffer.from(JSON.stringify({ EpochNumber: this.history.entryOf(epochs).events.length }));
    await this.append(epochs, 'any', [
      { id: randomBytes(16), type: epochs, isJson: true, data, metadata: none },
    ]);
  }

  close(): Promise<void> {
    return this.log.close();
  }

  #resultOf(stream: string, decision: Decision): Written {
    if (decision.kind === 'wrong-revision' || decision.kind === 'deleted') return decision;
    const { events } = this.history.entryOf(stream);
    const revision = decision.kind === 'repeat' ? decision.revision : events.length - 1;
    const index = events[revision];
    return {
      kind: 'written',
      revision,
      position: index === undefined ? undefined : this.history.positions.at(index),
    };
  }

  #write(stream: string, events: readonly Proposed[]): void {
    const entry = this.history.entryOf(stream);
    const createdTicks = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 10n;
    events.forEach((event, index) => {
      const revision = entry.events.length;
      const record: StoredRecord = {
        ...event,
        stream,
        revision: BigInt(revision),
        createdTicks,
        endsAppend: index === events.length - 1,
      };
      this.history.add(record, this.log.end);
      this.#recent.add(event.id, stream, revision);
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

const epochs = '$epoch-information';
