import { randomBytes } from 'node:crypto';
import { link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders, syncPath } from '#disk';
import { codeOf, placeFile, type Put } from '../file/place-file.js';
import { guarded } from './guarded.js';
import {
  assertKey,
  assertName,
  assertSameKey,
  assertSubject,
  erasedError,
  isPseudonym,
  keyBytes,
  type Subject,
  type Subjects,
} from './subjects.js';

/**
 * A folder with one folder a person: `key`, written once and never replaced, `name`, and `erased`, which is written before the others go and
 * outweighs them. So neither a crash nor somebody who writes meanwhile brings a key back.
 * @throws KEY_STORE_UNAVAILABLE, STORAGE_FULL
 */
export function fileSubjects(folder: string): Subjects {
  const at = (subject: string, file: string) => join(folder, subject, file);
  const isErased = async (subject: string) => (await read(at(subject, 'erased'))) !== undefined;

  /** Writes by way of `put`; what was erased meanwhile is taken away again. */
  async function write(subject: string, file: string, bytes: Uint8Array, put: Put): Promise<void> {
    if (file !== 'erased' && (await isErased(subject))) throw erasedError(subject);
    makeFolders(join(folder, subject), 0o700);
    // Whoever erases takes half-written files along.
    const failure = await placeFile(join(folder, subject), file, bytes, put).catch((error: unknown) => ({
      error,
    }));
    if (await isErased(subject)) {
      if (file === 'erased') return;
      await rm(at(subject, file), { force: true });
      throw erasedError(subject);
    }
    if (failure) throw failure.error;
  }

  async function findKey(subject: string): Promise<Uint8Array | undefined> {
    assertSubject(subject);
    const key = await read(at(subject, 'key'));
    if (key === undefined || (await isErased(subject))) return undefined;
    return assertKey(subject, key);
  }

  const store: Subjects = {
    findKey,
    async keyOf(subject) {
      const known = await findKey(subject);
      if (known !== undefined) return known;
      await write(subject, 'key', randomBytes(keyBytes), link);
      const made = await findKey(subject);
      if (made === undefined) throw erasedError(subject);
      return made;
    },
    async setName(subject, name) {
      assertSubject(subject);
      assertName(name);
      await write(subject, 'name', Buffer.from(name), rename);
    },
    async find(subject): Promise<Subject> {
      assertSubject(subject);
      const name = await read(at(subject, 'name'));
      if (await isErased(subject)) return { subject, erased: true };
      return { subject, erased: false, ...(name && { name: name.toString() }) };
    },
    async named(name) {
      const all = await readdir(folder).catch(orElse<string[]>([]));
      const found: string[] = [];
      for (const subject of all.filter(isPseudonym).sort())
        if ((await store.find(subject)).name === name) found.push(subject);
      return found;
    },
    async erase(subject) {
      assertSubject(subject);
      const before = await isErased(subject);
      await write(subject, 'erased', new Uint8Array(), link);
      // What a crash has left half-written, too.
      const files = (await readdir(join(folder, subject))).filter((file) => file !== 'erased');
      for (const file of files) {
        await blank(at(subject, file));
        await rm(at(subject, file), { force: true });
      }
      await syncPath(join(folder, subject));
      return !before;
    },
    async *all() {
      const found = await readdir(folder).catch(orElse<string[]>([]));
      yield found.filter(isPseudonym).sort();
    },
    async take({ subject, key, name, erased }) {
      if (erased) return void (await store.erase(subject));
      const known = await store.find(subject);
      if (known.erased) return;
      if (key !== undefined) {
        await write(subject, 'key', assertKey(subject, key), link);
        assertSameKey(subject, await findKey(subject), key);
      }
      if (name !== undefined && known.name === undefined) await store.setName(subject, name);
    },
    close: () => Promise.resolve(),
  };
  return guarded(store, (error) => codeOf(error) || 'unknown');
}

const read = (path: string): Promise<Buffer | undefined> => readFile(path).catch(orElse(undefined));

/** Over the bytes themselves, as far as the file system writes in place. */
async function blank(path: string): Promise<void> {
  const handle = await open(path, 'r+').catch(orElse(undefined));
  if (handle === undefined) return;
  try {
    const { size } = await handle.stat();
    await handle.write(Buffer.alloc(size), 0, size, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What is given where there is no such file. */
const orElse =
  <T>(value: T) =>
  (error: unknown): T => {
    if (codeOf(error) === 'ENOENT') return value;
    throw error;
  };
