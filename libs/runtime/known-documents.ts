import type { Document, ReadStore } from '#read-store';

/** Documents kept at least; at most twice as many and those of one batch. */
const keptDocuments = 200;

/**
 * Documents of one collection as its writer has left them, also where their commit is still under way; undefined for one that is not
 * there. They are right for as long as nobody else writes the collection, and the lease and the checkpoint of the next commit
 * say whether somebody did: then the writer is given up, and these with it.
 */
export interface KnownDocuments {
  /** Reads those that are not known yet, but for those that surely are not there. */
  load(
    ids: readonly string[],
    absent: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, Document | undefined>>;
  set(id: string, document: Document | undefined): void;
}

export function knownDocuments(readStore: ReadStore, collection: string): KnownDocuments {
  let young = new Map<string, Document | undefined>();
  let old = young;
  return {
    async load(ids, absent) {
      if (young.size >= keptDocuments) [old, young] = [young, new Map()];
      const unknown = ids.filter((id) => !absent.has(id) && !young.has(id) && !old.has(id));
      const read = unknown.length === 0 ? [] : await readStore.getMany(collection, unknown);
      const found = new Map(read.map((document) => [document.id, document]));
      const documentOf = (id: string) => (young.has(id) ? young.get(id) : (old.get(id) ?? found.get(id)));
      return new Map(ids.map((id) => [id, documentOf(id)]));
    },
    set: (id, document) => void young.set(id, document),
  };
}
