import { isSealedText, type JsonObject } from '#kernel';
import { canonicalBytes } from '#evidence';
import type { NamedEdition } from '#bundle-file';
import type { BundleEvent } from '#domain/bundle';
import { editionStream } from '#domain/edition';
import { shownName, shownText } from '#key-store';
import type { CallContext } from '#platform';
import { commandContext } from '#service';
import type { Provenance } from './provenance.js';
import { readRun } from './run-history.js';

/**
 * The names of whoever is in a run's history, and what they said, opened, for beside the core, which has pseudonyms and what is sealed. That
 * it leaves is recorded first: where that cannot be, it does not.
 * @throws KEY_STORE_UNAVAILABLE
 */
export async function takeNamedEdition(
  provenance: Provenance,
  { run, core }: Pick<BundleEvent, 'run' | 'core'>,
  reason: string,
  context: CallContext,
): Promise<Uint8Array> {
  const edition = { type: 'NamedEditionTaken', run, core, at: context.receivedAt } as const;
  await provenance.editions.execute(
    editionStream(context.commandId),
    { type: 'RecordEdition', edition },
    commandContext(context, reason),
  );
  return canonicalBytes((await namedEdition(provenance, run)) as unknown as JsonObject);
}

async function namedEdition(provenance: Provenance, run: string): Promise<NamedEdition> {
  const { people: directory } = provenance.runtime;
  const people: Record<string, string> = {};
  const reasons: Record<string, string> = {};
  for (const { eventId, metadata } of (await readRun(provenance, run)).recorded) {
    const { actor, reason } = metadata;
    if (isSealedText(reason)) reasons[eventId] = await shownText(directory, reason);
    if (actor.type !== 'person' || Object.hasOwn(people, actor.id)) continue;
    const name = await shownName(directory, actor.id);
    if (name !== undefined) people[actor.id] = name;
  }
  return { v: 1, people, reasons };
}
