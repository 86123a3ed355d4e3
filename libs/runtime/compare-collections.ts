import { canonicalize, createDigester } from '#evidence';
import type { Document, ReadStore } from '#read-store';

/** What comparing two generations of a read model found. */
export interface Comparison {
  readonly identical: boolean;
  /** Up to the first one that differs. */
  readonly documents: number;
  /** The first document in id order that differs, as canonical JSON; a side without it is absent. */
  readonly firstDifference?: { readonly id: string; readonly live?: string; readonly rebuilt?: string };
  /** Of the rebuilt side, over the canonical documents in id order, one a line. */
  readonly digest: string;
}

/** After so many documents others have their turn. */
const inOneGo = 50;

/** Compares every document of two collections byte for byte in canonical JSON, in id order, in flat memory. */
export async function compareCollections(
  readStore: ReadStore,
  live: string,
  rebuilt: string,
): Promise<Comparison> {
  const [left, right] = [documents(readStore, live), documents(readStore, rebuilt)];
  const digester = createDigester();
  let documentsAlike = 0;
  let firstDifference: Comparison['firstDifference'];
  try {
    for (let looked = 1; ; looked++) {
      // After a difference the rebuilt side alone is of interest.
      const [x, y] = await Promise.all([firstDifference ? undefined : next(left), next(right)]);
      if (x === undefined && y === undefined) break;
      const [old, now] = [x && canonicalize(x), y && canonicalize(y)];
      if (now !== undefined) digester.update(Buffer.from(`${now}\n`));
      if (firstDifference === undefined) {
        if (old === now) documentsAlike++;
        else firstDifference = difference(x, y, old, now);
      }
      if (looked % inOneGo === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    await Promise.all([left.return(), right.return()]);
  }
  const identical = firstDifference === undefined;
  return {
    ...{ identical, documents: documentsAlike, digest: digester.digest() },
    ...(firstDifference ? { firstDifference } : {}),
  };
}

function difference(x?: Document, y?: Document, live?: string, rebuilt?: string) {
  const id = [x?.id, y?.id].filter((id) => id !== undefined).sort()[0] as string;
  return { id, ...(live ? { live } : {}), ...(rebuilt ? { rebuilt } : {}) };
}

async function next(side: AsyncGenerator<Document, void>): Promise<Document | undefined> {
  const { value } = await side.next();
  return value ?? undefined;
}

async function* documents(readStore: ReadStore, collection: string): AsyncGenerator<Document, void> {
  for await (const batch of readStore.scan(collection)) yield* batch;
}
