import type { Consumer, EachBatchPayload } from 'kafkajs';
import { DomainError } from '#kernel';
import { byTopicsRead } from './assigner.js';
import { openClient, type KafkaBusOptions } from './client.js';
import { within } from './deadline.js';
import { seekAll, type Positions } from './positions.js';

/** How long the broker may hold a request for more, which it answers at once where there is something; also what closing waits for. */
const pollMs = 500;
/** By them a member hears that others come and go; one that is alone in its group only says that it is there. */
const [heartbeatMs, aloneHeartbeatMs] = [500, 2000];
/** How long the others of a group wait for one whose handler runs. */
const rebalanceMs = 30_000;
/** Longer than kafkajs should ever be without a sign: joining lasts as long as the slowest member, and it tries three times. */
const silenceMs = (deadlineMs: number) => rebalanceMs + 4 * deadlineMs;

export interface Reading {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Given: nothing is committed, it begins there. */
  readonly positions?: Positions | undefined;
  /** True while a handler runs, when silence is no sign of anything. */
  readonly isBusy: () => boolean;
  readonly joined: () => void;
  readonly take: (batch: EachBatchPayload, isStale: () => boolean) => Promise<void>;
}

/**
 * Reads until `until` resolves, then leaves the group; rejects when kafkajs has given up or gone silent. Nothing of it is left
 * behind in either case.
 */
export async function read(options: KafkaBusOptions, reading: Reading, until: Promise<void>): Promise<void> {
  const { deadlineMs = 10_000, sessionTimeoutMs = 10_000, metadataMaxAgeMs = 30_000 } = options;
  const client = openClient(options);
  const consumer = client.kafka.consumer({
    groupId: reading.groupId,
    allowAutoTopicCreation: false,
    partitionAssigners: [byTopicsRead],
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceMs,
    heartbeatInterval: reading.positions === undefined ? heartbeatMs : aloneHeartbeatMs,
    maxWaitTimeInMs: pollMs,
    metadataMaxAge: metadataMaxAgeMs,
    // It would keep the partitions that were lost; whoever calls begins again from the start.
    retry: { retries: 2, restartOnFailure: () => Promise.resolve(false) },
  });
  const failed = watch(consumer, reading, silenceMs(deadlineMs));
  const start = async () => {
    await consumer.connect();
    // From the start where the group has no position: nothing is lost between joining and the first fetch, nor in new partitions.
    await consumer.subscribe({ topics: [...reading.topics], fromBeginning: true });
    let joins = 0;
    consumer.on('consumer.group_join', ({ payload }) => {
      joins += 1;
      if (reading.positions) seekAll(consumer, reading.positions, payload.memberAssignment);
      reading.joined();
    });
    await consumer.run({
      autoCommit: reading.positions === undefined,
      autoCommitInterval: 1000,
      eachBatchAutoResolve: false,
      eachBatch: (batch) => {
        const join = joins;
        return reading.take(batch, () => join !== joins || batch.isStale());
      },
    });
  };
  try {
    await Promise.race([until, failed.promise, start().then(() => failed.promise)]);
  } finally {
    failed.stop();
    await within(Math.min(deadlineMs, 5000), consumer.disconnect()).catch(() => undefined);
    client.cut();
  }
}

/** Rejects when the consumer crashes, or has done nothing for too long though no handler is busy. */
function watch(consumer: Consumer, { isBusy }: Reading, mostMs: number) {
  const { promise, reject } = Promise.withResolvers<never>();
  let lastSign = performance.now();
  const sign = () => void (lastSign = performance.now());
  consumer.on('consumer.fetch', sign);
  consumer.on('consumer.heartbeat', sign);
  consumer.on('consumer.end_batch_process', sign);
  consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
  const timer = setInterval(() => {
    if (isBusy()) sign();
    else if (performance.now() - lastSign > mostMs)
      reject(new DomainError('unavailable', 'BUS_UNAVAILABLE', 'the consumer has gone silent'));
  }, mostMs / 10);
  promise.catch(() => undefined);
  return { promise, stop: () => clearInterval(timer) };
}
