import type { CallOptions, Metadata } from '@grpc/grpc-js';
import { EventStoreDBClient } from '@eventstore/db-client';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { invalid } from '../checks.js';
import { checkConnectionString } from './connection-string.js';
import { fromEngine, isNotLeader, storeUnavailable } from './errors.js';
import { sleep, within } from './timing.js';

type StreamsClient = InstanceType<typeof streamsService.StreamsClient>;
type Arguments = [Metadata, CallOptions];

/**
 * What the client makes its own calls with: a channel found by discovery, with TLS and credentials, that follows the leader. Its calls
 * themselves are not used, see the README.
 */
interface Inside {
  getGRPCClient(client: typeof streamsService.StreamsClient, name: string): Promise<StreamsClient>;
  callArguments(base: { readonly requiresLeader: boolean }, options: CallOptions): Arguments;
  handleError(client: StreamsClient, error: unknown): Promise<void>;
}

/** One way to the engine, for as long as it is good. */
export interface Channel {
  readonly streams: StreamsClient;
  isGivenUp(): boolean;
  args(): Arguments;
  /** Something came over it. */
  works(): void;
  /** The next call takes another one; what is under way on this one is not touched. */
  giveUp(because: unknown): void;
}

export interface Connection {
  /** @throws STORE_UNAVAILABLE after `limitMs` */
  channel(limitMs: number): Promise<Channel>;
  close(): void;
}

const firstPauseMs = 25;
const longestPauseMs = 400;
/** A connection that is dead without saying so is noticed after both; the client prints a warning for less. */
const [pingEveryMs, pingLimitMs] = [10_000, 5_000];

/** @throws CONNECTION_STRING; reaches nothing yet: an engine that is away is not an error here */
export function openConnection(connection: string): Connection {
  checkConnectionString(connection);
  let opened = 0;
  let failures = 0;
  let current: Promise<Channel> | undefined;
  let inside = clientOf(connection, opened);

  async function open(pauseMs: number): Promise<Channel> {
    if (pauseMs > 0) await sleep(pauseMs);
    const client = inside;
    const streams = await client.getGRPCClient(streamsService.StreamsClient, 'holdfast');
    let givenUp = false;
    return {
      streams,
      isGivenUp: () => givenUp,
      args: () => client.callArguments({ requiresLeader: true }, { deadline: Infinity }),
      works: () => void (failures = 0),
      giveUp(because) {
        if (givenUp) return;
        givenUp = true;
        failures++;
        current = undefined;
        // The client goes to the leader that the answer names. Otherwise a new one: its channel would wait out its own backoff, minutes at last.
        if (isNotLeader(because))
          client.handleError(streams, (because as Error).cause).catch(() => undefined);
        else inside = clientOf(connection, ++opened);
        streams.close();
      },
    };
  }

  /** Goes on when somebody has waited long enough: the next one finds it further on. */
  async function opening(): Promise<Channel> {
    try {
      return await open(failures === 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** failures));
    } catch (error) {
      failures++;
      current = undefined;
      throw fromEngine(error);
    }
  }

  return {
    channel(limitMs) {
      const late = () => storeUnavailable('no node was found in time');
      return within((current ??= opening()), limitMs, late);
    },
    close() {
      current?.then(({ streams }) => streams.close()).catch(() => undefined);
    },
  };
}

/** Each with another interval, since channels with the same settings share connections and what they wait for. */
function clientOf(connection: string, count: number): Inside {
  const glue = connection.includes('?') ? '&' : '?';
  const keepAlive = `keepAliveInterval=${pingEveryMs + (count % 10_000)}&keepAliveTimeout=${pingLimitMs}`;
  try {
    return EventStoreDBClient.connectionString(`${connection}${glue}${keepAlive}`) as unknown as Inside;
  } catch {
    throw invalid('CONNECTION_STRING', 'HOLDFAST_EVENT_STORE: a certificate or key file cannot be read');
  }
}
