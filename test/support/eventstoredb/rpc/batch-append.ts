import type { ServerDuplexStream } from '@grpc/grpc-js';
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Faults } from '../faults.js';
import type { Expected } from '../store/expectation.js';
import type { Proposed, Store } from '../store/store.js';
import { appendOrMisbehave, type Appended } from './appending.js';
import * as status from './batch-status.js';
import { maxAppendBytes } from './errors.js';
import { bytesOf, expectedOf, idBytes, identifierOf, nameOf, proposedOf } from './messages.js';

type BatchReq = InstanceType<typeof streams.BatchAppendReq>;
type BatchResp = InstanceType<typeof streams.BatchAppendResp>;
type BatchCall = ServerDuplexStream<BatchReq, BatchResp>;

/** The real server's own limit for an append that has not come to its end. */
const writeTimeoutMs = 2000;
/** What may wait for the disk before the clients are told to wait. */
const maxBacklogBytes = 8 * 1024 * 1024;

interface Pending {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: Proposed[];
  bytes: number;
  readonly timer: NodeJS.Timeout;
}

/** `Streams.BatchAppend`: many appends over one call, each told by its correlation id, answered as they become durable. */
export const batchAppend =
  (store: Store, faults: Faults) =>
  (call: BatchCall): void => {
    const batches = new Batches(store, faults, call);
    call.on('data', (request: BatchReq) => batches.take(request));
    call.on('end', () => batches.end());
    call.on('cancelled', () => batches.drop());
  };

class Batches {
  readonly #store: Store;
  readonly #faults: Faults;
  readonly #call: BatchCall;
  readonly #pending = new Map<string, Pending>();
  #unanswered = 0;
  #ended = false;

  constructor(store: Store, faults: Faults, call: BatchCall) {
    this.#store = store;
    this.#faults = faults;
    this.#call = call;
  }

  take(request: BatchReq): void {
    const id = Buffer.from(idBytes(request.getCorrelationId())).toString('hex');
    const options = request.getOptions();
    if (options !== undefined) {
      const stream = nameOf(options.getStreamIdentifier());
      const requestedMs = (options.getDeadline()?.toDate().getTime() ?? Infinity) - Date.now();
      if (requestedMs <= 0) return this.#refuse(request, stream, status.timeout());
      const expected = expectedOf(options, options.getStreamPosition());
      const timer = setTimeout(
        () => {
          this.#pending.delete(id);
          this.#refuse(request, stream, status.timeout());
        },
        Math.min(requestedMs, writeTimeoutMs),
      );
      this.#pending.set(id, { stream, expected, events: [], bytes: 0, timer });
    }
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    const refusal = collect(pending, request);
    if (refusal === undefined && !request.getIsFinal()) return;
    clearTimeout(pending.timer);
    this.#pending.delete(id);
    if (refusal !== undefined) this.#refuse(request, pending.stream, refusal);
    else void this.#append(request, pending);
  }

  end(): void {
    this.#ended = true;
    if (this.#unanswered === 0) this.#call.end();
  }

  drop(): void {
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
  }

  async #append(request: BatchReq, { stream, expected, events }: Pending): Promise<void> {
    this.#unanswered++;
    try {
      const writing = appendOrMisbehave(this.#store, this.#faults, stream, expected, events);
      await this.#holdBack();
      this.#answer(request, stream, responseOf(stream, expected, await writing));
    } catch (error) {
      this.#call.emit('error', error);
    }
    this.#unanswered--;
    if (this.#ended && this.#unanswered === 0) this.#call.end();
  }

  async #holdBack(): Promise<void> {
    if (this.#store.log.backlogBytes <= maxBacklogBytes) return;
    this.#call.pause();
    await this.#store.log.flushed();
    this.#call.resume();
  }

  #refuse(request: BatchReq, stream: string, error: status.BatchStatus): void {
    this.#answer(request, stream, new streams.BatchAppendResp().setError(error));
  }

  #answer(request: BatchReq, stream: string, response: BatchResp): void {
    if (this.#call.cancelled) return;
    response.setCorrelationId(request.getCorrelationId()).setStreamIdentifier(identifierOf(stream));
    this.#call.write(response);
  }
}

/** Takes the events of one message; the reason when they cannot be taken. */
function collect(pending: Pending, request: BatchReq): status.BatchStatus | undefined {
  for (const message of request.getProposedMessagesList()) {
    const event = proposedOf(message);
    if (typeof event === 'string')
      return status.badRequest(`Required Metadata Property '${event}' is missing`);
    pending.bytes += bytesOf(event);
    pending.events.push(event);
  }
  return pending.bytes > maxAppendBytes ? status.tooLarge() : undefined;
}

function responseOf(stream: string, expected: Expected, appended: Appended): BatchResp {
  const response = new streams.BatchAppendResp();
  switch (appended.kind) {
    case 'written':
      return response.setSuccess(successOf(appended));
    case 'wrong-revision':
      return response.setError(status.wrongExpectedVersion(expected, appended.current));
    case 'deleted':
      return response.setError(status.deleted(stream));
    case 'not-ready':
      return response.setError(status.notReadyStatus());
    case 'timed-out':
      return response.setError(status.timeout());
  }
}

function successOf({
  revision,
  position,
}: Extract<Appended, { kind: 'written' }>): InstanceType<typeof streams.BatchAppendResp.Success> {
  const success = new streams.BatchAppendResp.Success();
  if (revision < 0) success.setNoStream(new emptyPb.Empty());
  else success.setCurrentRevision(String(revision));
  if (position === undefined) return success.setNoPosition(new emptyPb.Empty());
  return success.setPosition(
    new shared.AllStreamPosition().setCommitPosition(String(position)).setPreparePosition(String(position)),
  );
}
