import { asAdmin, type KafkaBusOptions } from './client.js';

export interface Topics {
  /** Creates those that are not there. @throws BUS_UNAVAILABLE, BUS_FORBIDDEN */
  ensure(names: readonly string[]): Promise<void>;
  /** It is not there after all: somebody has deleted it. */
  forget(name: string): void;
}

/** Brokers unpack for us: kafkajs reads neither Snappy nor LZ4 nor Zstandard, and would stop at the first such batch. */
const configEntries = [{ name: 'compression.type', value: 'uncompressed' }];

export function openTopics(options: KafkaBusOptions): Topics {
  const { partitions = 8, replicas = -1 } = options;
  const known = new Map<string, Promise<void>>();

  const create = (names: readonly string[]) =>
    asAdmin(options, async (admin) => {
      const existing = new Set(await admin.listTopics());
      const missing = names.filter((name) => !existing.has(name));
      if (missing.length === 0) return;
      const shape = { numPartitions: partitions, replicationFactor: replicas, configEntries };
      await admin.createTopics({ topics: missing.map((topic) => ({ topic, ...shape })) });
    });

  return {
    async ensure(names) {
      const unknown = names.filter((name) => !known.has(name));
      if (unknown.length > 0) {
        const created = create(unknown);
        for (const name of unknown) {
          known.set(name, created);
          created.catch(() => known.delete(name));
        }
      }
      await Promise.all(names.flatMap((name) => known.get(name) ?? []));
    },
    forget: (name) => void known.delete(name),
  };
}
