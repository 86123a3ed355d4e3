import { canonicalBytes, canonicalize, createDigester } from '#evidence';
import type { Document, ReadStore } from '#read-store';

/** What comparing two generations of a read model found. */
export interface Comparison {
  readonly identical: boolean;
  readonly documents: number;
  /** The first document in id order that differs, as canonical JSON; a side without it is absent. */
  readonly firstDifference?: { readonly id: string; readonly live?: string; readonly rebuilt?: string };
}

/** Compares every document of two collections byte for byte in canonical JSON, in id order, in flat memory. */
export async function compareCollections(
  readStore: ReadStore,
  live: string,
  rebuilt: string,
): Promise<Comparison> {
  const [left, right] = [documents(readStore, live), documents(readStore, rebuilt)];
  let count = 0;
  try {
    for (;;) {
      const [a, b] = await Promise.all([left.next(), right.next()]);
      if (a.done && b.done) return { identical: true, documents: count };
      const [x, y] = [a.done ? undefined : a.value, b.done ? undefined : b.value];
      const [live, rebuilt] = [x && canonicalize(x), y && canonicalize(y)];
      if (live !== rebuilt) {
        const id = [x?.id, y?.id].filter((id) => id !== undefined).sort()[0] as string;
        const sides = { ...(live ? { live } : {}), ...(rebuilt ? { rebuilt } : {}) };
        return { identical: false, documents: count, firstDifference: { id, ...sides } };
      }
      count++;
    }
  } finally {
    await Promise.all([left.return(), right.return()]);
  }
}

async function* documents(readStore: ReadStore, collection: string): AsyncGenerator<Document, void> {
  for await (const batch of readStore.scan(collection)) yield* batch;
}

/** Over the canonical documents in id order, one a line. */
export async function digestOfCollection(readStore: ReadStore, name: string): Promise<string> {
  const digester = createDigester();
  const newline = Uint8Array.of(10);
  for await (const doc of documents(readStore, name)) {
    digester.update(canonicalBytes(doc));
    digester.update(newline);
  }
  return digester.digest();
}
