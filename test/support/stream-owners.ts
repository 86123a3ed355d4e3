import { streamKind } from '#kernel';
import { decodeEnvelope } from '#contracts/stored';
import type { EventStore } from '#event-store';

/** Who writes which kinds of streams: the table of the architecture. Nobody else may, and the executor writes none. */
export const streamOwners = {
  registry: [
    ...['namespace', 'blueprint', 'knob', 'dataset', 'contract', 'environment', 'policy'],
    ...['role', 'token', 'change', 'channel', 'runbook', 'note'],
  ],
  scheduler: ['run', 'sweep', 'executor', 'rollout'],
  executor: [],
  provenance: ['bundle', 'edition', 'reproduction', 'artifact', 'retention', 'disposal'],
  auditor: ['baseline', 'drift', 'access', 'audit', 'signature', 'signer', 'hold', 'review', 'person'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** @throws with the first event that a service has written into a stream that is not its own */
export async function assertWrittenByOwners(eventStore: EventStore): Promise<void> {
  const owned = new Map(
    Object.entries(streamOwners).flatMap(([service, kinds]) =>
      kinds.map((kind): [string, string] => [kind, service]),
    ),
  );
  for await (const events of eventStore.readAll()) {
    for (const { stream, revision, type, bytes } of events) {
      const owner = owned.get(streamKind(stream));
      const { service } = decodeEnvelope(bytes).metadata;
      if (service === owner) continue;
      const belongs = owner === undefined ? 'is of no kind that anybody owns' : `belongs to the ${owner}`;
      throw new Error(
        `${type} at ${stream}[${revision}] was written by the ${service}; the stream ${belongs}`,
      );
    }
  }
}
