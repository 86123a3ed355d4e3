import { expect } from '@jest/globals';
import type { JsonObject } from '#kernel';
import type { Forgery } from './signed-sample.js';

/** A forgery, what it is, and what is said of it. */
export type Forged = readonly [what: string, forged: Forgery, says: RegExp];

export const changed = (text: string, from: string | RegExp, to: string): Buffer => {
  expect(text).toMatch(from);
  return Buffer.from(text.replace(from, to));
};

/** Whose file was changed, and listed anew. */
export const member = (wanted: string, from: string | RegExp, to: string): Forgery => ({
  member: (path, bytes) => (path === wanted ? changed(Buffer.from(bytes).toString(), from, to) : bytes),
});

export const without = (wanted: string): Forgery => ({
  member: (path, bytes) => (path === wanted ? undefined : bytes),
});

/** By who has the key: what was changed is in the crate, and signed. */
export const before = (wanted: string, from: string | RegExp, to: string): Forgery => ({
  before: (path, bytes) => (path === wanted ? changed(Buffer.from(bytes).toString(), from, to) : bytes),
});

export const predicates = (change: (predicate: JsonObject, type: string) => object): Forgery => ({
  statements: (all) =>
    all.map((one) => ({ ...one, predicate: change(one.predicate as JsonObject, one.predicateType) })),
});

/** Of the statement of SLSA about how it was made. */
export const slsa = (change: (run: JsonObject) => object): Forgery =>
  predicates((predicate, type) =>
    type.includes('slsa')
      ? { ...predicate, runDetails: change(predicate['runDetails'] as JsonObject) }
      : predicate,
  );
