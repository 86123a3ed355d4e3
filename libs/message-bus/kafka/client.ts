import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Kafka, logLevel, type Admin, type KafkaConfig } from 'kafkajs';
import { DomainError } from '#kernel';
import { within } from './deadline.js';
import './timers.js';

export interface KafkaBusOptions {
  /** `host:port` of one or more brokers to begin with. */
  readonly brokers: readonly string[];
  /** Default `holdfast`. */
  readonly clientId?: string;
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: KafkaConfig['sasl'];
  /** How long any one call may take. Default 10,000. */
  readonly deadlineMs?: number;
  /** Of topics that do not exist yet. Default 8. */
  readonly partitions?: number;
  /** Copies of topics that do not exist yet. Default: the broker's own default. */
  readonly replicas?: number;
  /** After how long without a sign of life a member's partitions go to others. Default 10,000; brokers want at least 6,000. */
  readonly sessionTimeoutMs?: number;
  /** How soon partitions are noticed that were added to a topic. Default 30,000. */
  readonly metadataMaxAgeMs?: number;
  /** What kafkajs and the bus have to say; nobody is told by default. Never payloads. */
  readonly log?: (level: 'warn' | 'error', message: string) => void;
}

/** kafkajs connected under our control: silent, impatient, and its sockets can be cut. */
export interface Client {
  readonly kafka: Kafka;
  /** Ends every connection at once, and those that would be made later; requests in flight fail. */
  cut(): void;
}

const keepAliveMs = 10_000;
/** Only so that one lost packet is no failure: whoever calls tries again by itself. */
const fewRetries = { retries: 2, initialRetryTime: 50, maxRetryTime: 500 };

export function openClient(options: KafkaBusOptions): Client {
  const { brokers, clientId = 'holdfast', ssl, sasl, deadlineMs = 10_000, log } = options;
  const sockets = new Set<Socket>();
  let cut = false;
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: Math.min(deadlineMs, 3000),
    requestTimeout: deadlineMs,
    retry: fewRetries,
    logLevel: log === undefined ? logLevel.NOTHING : logLevel.WARN,
    logCreator: () => (entry) => {
      if (!cut) log?.(entry.level === logLevel.ERROR ? 'error' : 'warn', `kafkajs: ${entry.log.message}`);
    },
    socketFactory: ({ host, port, ssl: tls, onConnect }) => {
      if (cut) throw new Error('the client is closed');
      const name = isIP(host) ? {} : { servername: host };
      const socket = tls
        ? connectTls({ host, port, ...name, ...tls }, onConnect)
        : connectTcp({ host, port }, onConnect);
      socket.setKeepAlive(true, keepAliveMs).setNoDelay(true);
      sockets.add(socket);
      return socket.once('close', () => sockets.delete(socket));
    },
  });
  return {
    kafka,
    cut() {
      cut = true;
      for (const socket of sockets) socket.destroy(new Error('the client is closed'));
    },
  };
}

/** A connection for one piece of work: it cannot be stale, and nothing of it stays. @throws BUS_UNAVAILABLE */
export async function asAdmin<Result>(
  options: KafkaBusOptions,
  work: (admin: Admin) => Promise<Result>,
  deadlineMs = options.deadlineMs ?? 10_000,
): Promise<Result> {
  const client = openClient(options);
  const admin = client.kafka.admin();
  const run = async () => {
    await admin.connect();
    const result = await work(admin);
    await admin.disconnect();
    return result;
  };
  try {
    return await within(deadlineMs, run());
  } catch (error) {
    throw asBusError(error);
  } finally {
    client.cut();
  }
}

const kinds: readonly (readonly [RegExp, 'exhausted' | 'invalid' | 'forbidden', string])[] = [
  [/^(MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE)$/, 'exhausted', 'MESSAGE_TOO_LARGE'],
  [/^INVALID_TOPIC_EXCEPTION$/, 'invalid', 'TOPIC_INVALID'],
  [/_AUTHORIZATION_FAILED$|^SASL_AUTHENTICATION_FAILED$/, 'forbidden', 'BUS_FORBIDDEN'],
];

type Failure = {
  readonly message?: string;
  readonly type?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
};

/** The broker's own name for what went wrong, such as `MESSAGE_TOO_LARGE`; undefined when it said nothing. */
export function brokerError(error: unknown): string | undefined {
  for (let at = error as Failure | undefined, depth = 0; at && depth < 5; depth++) {
    if (typeof at.type === 'string') return at.type;
    at = (Array.isArray(at.errors) ? at.errors[0] : at.cause) as Failure | undefined;
  }
  return undefined;
}

export function asBusError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const type = brokerError(error);
  const [, kind, code] = kinds.find(([pattern]) => pattern.test(type ?? '')) ?? [];
  const text = (error as Failure | undefined)?.message ?? String(error);
  return new DomainError(kind ?? 'unavailable', code ?? 'BUS_UNAVAILABLE', `Kafka: ${text}`, {
    cause: error,
  });
}
