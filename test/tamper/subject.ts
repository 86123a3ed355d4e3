import type { Json } from '#kernel';

/** What a verifier said of a specimen: why it refuses it, or everything that it tells of it. */
export type Outcome = { readonly refused: readonly string[] } | { readonly told: Json };

export interface Specimen {
  /** Holds everything that can be tampered with; copied before it is. */
  readonly folder: string;
  /** Files below the folder that are changed byte by byte. */
  readonly parts: readonly string[];
  /** Parts are zips, whose members are changed too, and packed anew. */
  readonly zips?: boolean;
  /** What only somebody who knows the format does: signs anew, replays. */
  readonly tricks: Readonly<Record<string, (copy: string) => void | Promise<void>>>;
  /** @throws only where the verifier has a fault: a refusal is an outcome */
  verify(copy: string): Promise<Outcome>;
}

export interface Mutation {
  /** Of the bytes of a part (`flip`), of a part as a whole (`remove`, `exchange`), of a member of a zip (`flip within`), or `trick`. */
  readonly kind: string;
  /** Empty for a trick. */
  readonly part: string;
}

/** One row of the table of `subjects`. */
export interface Subject {
  readonly name: string;
  /** @param folder empty, for the specimen */
  open(folder: string): Promise<Specimen>;
  /** How many mutations `npm test` tries; each costs a verification. */
  readonly runs: number;
  /**
   * The class by which a mutation that is not refused is harmless by design, from {@link harmless}; undefined where it must be refused.
   * That nothing which is told has changed is seen to in any case.
   */
  harmless(mutation: Mutation): keyof typeof harmless | undefined;
}

/** Mutations that may go unnoticed: at most five classes, over all subjects. */
export const harmless = {
  'unused bytes of a database file': 'free space in a page, counters of the header: no query reads them',
  'an earlier checkpoint that is gone':
    'the present one proves all that it did; how many are left is told, and may be less',
  'the order of members in a bundle': 'each is known by its name and digest; nothing says which comes first',
} as const;
