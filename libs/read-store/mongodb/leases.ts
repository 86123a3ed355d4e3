import { randomInt } from 'node:crypto';
import type { Db } from 'mongodb';
import type { Lease } from '../read-store.js';
import { isDuplicate } from './errors.js';
import type { Heads } from './heads.js';
import { together } from './together.js';

interface StoredLease {
  readonly _id: string;
  /** Null when it was given back. */
  readonly owner: string | null;
  readonly token: number;
  /** Grows with each sign of life. */
  readonly beat: number;
  readonly ttlMs: number;
}

type Renewal = Pick<StoredLease, '_id' | 'owner' | 'token' | 'ttlMs'>;
type Taken = Pick<StoredLease, 'token'>;

export interface Leases {
  acquire(name: string, owner: string, ttlMs: number): Promise<Lease | undefined>;
  release(lease: Lease): Promise<void>;
  isNewest(lease: Lease): Promise<boolean>;
}

/**
 * Leases without clocks: whoever asks for one that another holds watches, on its own monotonic clock, for a whole time to live, and takes it
 * when there was no sign of life. A clock that jumps, of a client or of the server, changes nothing.
 */
export function openLeases(db: Db, heads: Heads): Leases {
  const leases = db.collection<StoredLease>('_leases');
  const watched = new Map<
    string,
    { readonly token: number; readonly beat: number; readonly since: number }
  >();
  const fenced = new Map<string, number>();

  /** Whether nothing was heard of the holder for its time to live, as far as this process has watched. */
  function isSilent({ _id, token, beat, ttlMs }: StoredLease): boolean {
    const [seen, now] = [watched.get(_id), performance.now()];
    if (seen?.token === token && seen.beat === beat) return now - seen.since >= ttlMs;
    watched.set(_id, { token, beat, since: now });
    return ttlMs <= 0;
  }

  /** What was held a moment ago mostly still is; all that is renewed in one turn of the event loop goes together. */
  const renewed = together<Renewal, boolean>(async (all) => {
    const updates = all.map(({ ttlMs, ...held }) => ({
      updateOne: { filter: held, update: { $set: { ttlMs }, $inc: { beat: 1 } } },
    }));
    const { matchedCount } = await leases.bulkWrite(updates, { ordered: false });
    if (matchedCount === all.length) return all.map(() => true);
    // Those that are still held are looked at one by one.
    return all.map(() => false);
  });

  /** @returns the lease as it is now, when it is this owner's */
  async function take(name: string, owner: string, ttlMs: number): Promise<Taken | null | undefined> {
    const token = fenced.get(name);
    if (token !== undefined && (await renewed({ _id: name, owner, token, ttlMs }))) return { token };
    const held = await leases.findOne({ _id: name });
    if (held === null) {
      // Anywhere: in a store that was emptied, a token of before must not come again.
      const lease = { _id: name, owner, token: randomInt(1, 2 ** 40), beat: 1, ttlMs };
      await leases.insertOne(lease);
      return lease;
    }
    const same = { _id: name, owner: held.owner, token: held.token };
    if (held.owner === owner)
      return leases.findOneAndUpdate(
        same,
        { $set: { ttlMs }, $inc: { beat: 1 } },
        { returnDocument: 'after' },
      );
    if (held.owner !== null && !isSilent(held)) return undefined;
    return leases.findOneAndUpdate(
      { ...same, beat: held.beat },
      { $set: { owner, ttlMs }, $inc: { token: 1, beat: 1 } },
      { returnDocument: 'after' },
    );
  }

  return {
    async acquire(name, owner, ttlMs) {
      for (;;) {
        const taken = await take(name, owner, ttlMs).catch((error: unknown) => {
          if (isDuplicate(error)) return null;
          throw error;
        });
        if (taken === undefined) {
          fenced.delete(name);
          return undefined;
        }
        // Another was quicker: what does it look like now?
        if (taken === null) continue;
        const lease = { name, token: taken.token };
        if (fenced.get(name) !== lease.token) {
          await heads.fence(lease);
          fenced.set(name, lease.token);
        }
        return lease;
      }
    },

    async release({ name, token }) {
      fenced.delete(name);
      await leases.updateOne({ _id: name, token }, { $set: { owner: null }, $inc: { beat: 1 } });
    },

    isNewest: async ({ name, token }) => (await leases.findOne({ _id: name }))?.token === token,
  };
}
