import { randomBytes } from 'node:crypto';
import { Binary, MongoServerError, type Collection, type MongoClient } from 'mongodb';
import { DomainError, systemClock } from '#kernel';
import { databaseIn, openMongoClient, type MongoAccess } from '#mongodb';
import { guarded } from '../subjects/guarded.js';
import {
  assertKey,
  assertName,
  assertSameKey,
  assertSubject,
  erasedError,
  keyBytes,
  type Subjects,
} from '../subjects/subjects.js';

/** One document a person; what was erased keeps nothing but that. */
interface Person {
  readonly _id: string;
  readonly key?: Binary;
  readonly name?: string;
  readonly erased?: true;
}

const pageSize = 1000;

const isDuplicate = (error: unknown): boolean => error instanceof MongoServerError && error.code === 11000;

const clientOf = (options: MongoAccess): MongoClient =>
  openMongoClient(options, () => {
    const message = 'the address of people is none that MongoDB’s driver reads: mongodb://host:port/database';
    return new DomainError('invalid', 'KEY_STORE_URL', message);
  });

/** @throws KEY_STORE_URL */
export const checkAddress = (url: string): Promise<void> => clientOf({ url }).close();

/**
 * The directory in a database of its own, `<database>-people`, which nobody empties as they would read models. A call is one operation on
 * one document, so whoever comes first has it; an erased person's document is never given a key again.
 * @throws KEY_STORE_URL
 */
export function openMongoSubjects(options: MongoAccess): Subjects {
  const { deadlineMs = 10_000 } = options;
  let client = clientOf(options);

  /** A client that answers nothing for a whole deadline is replaced: of mongodb 7.9, it may never find its server again. */
  async function on<T>(work: (people: Collection<Person>) => Promise<T>): Promise<T> {
    const by = client;
    const late = Promise.withResolvers<never>();
    const stop = systemClock.after(deadlineMs, () => {
      late.reject(new Error('no answer'));
      if (client === by) client = clientOf(options);
      by.close().catch(() => undefined);
    });
    try {
      const people = by.db(`${databaseIn(by, options)}-people`).collection<Person>('people');
      return await Promise.race([work(people), late.promise]);
    } finally {
      stop();
    }
  }

  const find = (subject: string) => on((people) => people.findOne({ _id: subject }));

  async function findKey(subject: string): Promise<Uint8Array | undefined> {
    assertSubject(subject);
    const { key } = (await find(subject)) ?? {};
    return key === undefined ? undefined : assertKey(subject, new Uint8Array(key.buffer));
  }

  /** Sets what is missing of a person who was not erased; false where it is there already, or they were. */
  async function put(subject: string, what: Partial<Person>, unless: keyof Person): Promise<boolean> {
    const where = { _id: subject, [unless]: { $exists: false }, erased: { $exists: false } };
    try {
      await on((people) => people.updateOne(where, { $set: what }, { upsert: true }));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  const store: Subjects = {
    findKey,
    async keyOf(subject) {
      const known = await findKey(subject);
      if (known !== undefined) return known;
      // Where a name was set in the same moment, once more.
      for (let tries = 0; tries < 2; tries++) {
        await put(subject, { key: new Binary(randomBytes(keyBytes)) }, 'key');
        const made = await findKey(subject);
        if (made !== undefined) return made;
      }
      throw erasedError(subject);
    },
    async setName(subject, name) {
      assertSubject(subject);
      assertName(name);
      for (let tries = 0; tries < 2; tries++) if (await put(subject, { name }, 'erased')) return;
      throw erasedError(subject);
    },
    async find(subject) {
      assertSubject(subject);
      const { name, erased = false } = (await find(subject)) ?? {};
      return { subject, erased, ...(name !== undefined && { name }) };
    },
    async named(name) {
      const found = await on((people) => people.find({ name }, { projection: { _id: 1 } }).toArray());
      return found.map(({ _id }) => _id).sort();
    },
    async erase(subject) {
      assertSubject(subject);
      const nothing = { $set: { erased: true }, $unset: { key: '', name: '' } } as const;
      const erase = () =>
        on((people) =>
          people.findOneAndUpdate({ _id: subject }, nothing, { upsert: true, returnDocument: 'before' }),
        );
      // Who makes the document in the same moment is erased with it.
      const before = await erase().catch((error: unknown) => {
        if (isDuplicate(error)) return erase();
        throw error;
      });
      return before?.erased !== true;
    },
    async *all() {
      for (let after = ''; ;) {
        const page = await on((people) =>
          people
            .find({ _id: { $gt: after } }, { projection: { _id: 1 } })
            .sort({ _id: 1 })
            .limit(pageSize)
            .toArray(),
        );
        yield page.map(({ _id }) => _id);
        if (page.length < pageSize) return;
        after = page.at(-1)?._id ?? '';
      }
    },
    async take({ subject, key, name, erased }) {
      if (erased) return void (await store.erase(subject));
      assertSubject(subject);
      if (key !== undefined) {
        await put(subject, { key: new Binary(assertKey(subject, key)) }, 'key');
        assertSameKey(subject, await findKey(subject), key);
      }
      if (name === undefined) return;
      assertName(name);
      await put(subject, { name }, 'name');
    },
    close: () => client.close(),
  };
  return guarded(store, () => 'MongoDB does not answer');
}
