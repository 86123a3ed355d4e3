import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { Digest, DomainError, FaultPoint } from '#kernel';
import { inTransaction } from '#sqlite';
import { carryOver } from './carry-over.js';
import { groupsOf } from './groups.js';
import { packPath } from './layout.js';
import { openLogSync, type Datasync } from './log-sync.js';
import { openPackFile, told } from './pack-file.js';
import { openPackTable, type Packed, type PackTable } from './pack-table.js';

/** Small blobs in one database, which several processes may have open at once. */
export interface Pack extends Pick<PackTable, 'find' | 'read' | 'page' | 'remove'> {
  /** Resolves when the bytes are on disk. All that wait go there with one sync. */
  put(digest: Digest, bytes: Uint8Array, settleLater?: boolean): Promise<Packed>;
  /** Resolves when everything is on disk that was written up to this place, by whichever client; without one, all that is there. */
  settle(place?: number): Promise<void>;
  close(): Promise<void>;
}

export interface PackOptions {
  readonly reach: FaultPoint;
  readonly datasync?: Datasync | undefined;
  /** Pages of the log after which it is carried over into the database. */
  readonly logPages?: number | undefined;
}

interface Waiting {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly settleLater: boolean;
  readonly caller: PromiseWithResolvers<Packed>;
}
type Kept = readonly [Waiting, Packed];

const pageBytes = 4096;
/** Pages that a blob changes besides those of its own bytes. */
const pagesBeside = 3;
/**
 * A transaction runs on the event loop, for it only writes into the system's memory: some 50 µs, and 30 µs a blob. What may take long
 * does not: the log is synced in the thread pool, and carried over into the database by a thread that lives only for that.
 * A pack that is damaged from its beginning opens all the same, and every call says so.
 * @throws STORAGE_READ_ONLY, STORAGE_FULL, STORE_FORMAT
 */
export async function openPack(dir: string, options: PackOptions): Promise<Pack> {
  const { reach, datasync, logPages = 4096 } = options;
  const path = packPath(dir);
  const asked = <T>(ask: () => T): T => {
    try {
      return ask();
    } catch (error) {
      throw told(error, path);
    }
  };
  let database: DatabaseSync;
  try {
    database = openPackFile(path);
  } catch (error) {
    const refusal = told(error, path);
    if (refusal.kind === 'integrity' && refusal.code === 'STORE_CORRUPT') return damagedPack(refusal);
    throw refusal;
  }
  const table = openPackTable(database);
  const log = await openLogSync(`${path}-wal`, () => table.lastPlace(), datasync);
  const waiting: Waiting[] = [];
  let working: Promise<void> | undefined;
  let pagesLogged = 0;

  function keep(group: readonly Waiting[]): readonly Kept[] {
    const kept = inTransaction(database, () => {
      const done = group.map((one) => {
        const packed = table.keep(one.digest, one.bytes, Date.now());
        reach('artifact-store:mid-write');
        return [one, packed] as const;
      });
      reach('artifact-store:before-commit');
      return done;
    });
    reach('artifact-store:after-commit');
    for (const { bytes } of group) pagesLogged += pagesBeside + Math.ceil(bytes.length / pageBytes);
    return kept;
  }

  /** When the disk refuses all of them, each is tried alone: the small ones may still fit. */
  function keepOrRefuse(group: readonly Waiting[]): readonly Kept[] {
    try {
      return keep(group);
    } catch (error) {
      const refusal = told(error, path);
      if (group.length > 1 && refusal.kind !== 'unavailable')
        return group.flatMap((one) => keepOrRefuse([one]));
      for (const { caller } of group) caller.reject(refusal);
      return [];
    }
  }

  async function settle(kept: readonly Kept[]): Promise<void> {
    const waits = ([{ settleLater }, { place }]: Kept) => !settleLater && !log.isDurable(place);
    const unsettled = kept.filter(waits);
    for (const one of kept) if (!waits(one)) one[0].caller.resolve(one[1]);
    if (unsettled.length === 0) return;
    try {
      await log.settle();
      for (const [{ caller }, packed] of unsettled) caller.resolve(packed);
    } catch (error) {
      for (const [{ caller }] of unsettled) caller.reject(error);
    }
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      const round = waiting.splice(0);
      const kept: Kept[] = [];
      for (const group of groupsOf(round)) {
        if (kept.length > 0) await setImmediate();
        kept.push(...keepOrRefuse(group));
      }
      await settle(kept);
      if (pagesLogged < logPages) continue;
      await carryOver(path);
      pagesLogged = 0;
    }
    working = undefined;
  }

  return {
    find: (digest) => asked(() => table.find(digest)),
    read: (digest) => asked(() => table.read(digest)),
    page: (after, count) => asked(() => table.page(after, count)),
    remove: (digest) => asked(() => inTransaction(database, () => table.remove(digest))),
    put(digest, bytes, settleLater = false) {
      const caller = Promise.withResolvers<Packed>();
      waiting.push({ digest, bytes, settleLater, caller });
      // What is put in one turn of the event loop goes together.
      working ??= setImmediate().then(work);
      return caller.promise;
    },
    async settle(place = Infinity) {
      if (!log.isDurable(place)) await log.settle();
    },
    async close() {
      await working;
      await log.close();
      database.close();
    },
  };
}

/** A pack of which nothing is known any more. */
function damagedPack(refusal: DomainError): Pack {
  const refuse = () => {
    throw refusal;
  };
  return {
    ...{ find: refuse, read: refuse, page: refuse, remove: refuse },
    put: () => Promise.reject(refusal),
    settle: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
