import { hash } from 'node:crypto';
import { cp, link, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isSealedText, systemClock, type SealedText } from '#kernel';
import {
  fileSubjects,
  lazySubjects,
  openText,
  rememberingSubjects,
  sealText,
  shownText,
  type Subjects,
} from './index.js';
import { subjectsContract } from './testing/index.js';

const folders: string[] = [];
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-subjects-'));
  folders.push(folder);
  return folder;
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

subjectsContract('file', async () => {
  const folder = await newFolder();
  return {
    subjects: fileSubjects(join(folder, 'people')),
    connect: () => Promise.resolve(fileSubjects(join(folder, 'people'))),
    dispose: () => rm(folder, { recursive: true }),
  };
});

const ada = '00000000-0000-4000-8000-00000000000a';
const bob = '00000000-0000-4000-8000-00000000000b';
const said = 'my knee is better, so I could repeat it';

describe('who is erased', () => {
  it('leaves nothing, not what was half-written when somebody crashed, nor the name in its old place on the disk', async () => {
    const people = join(await newFolder(), 'people');
    const subjects = fileSubjects(people);
    await subjects.setName(ada, 'Ada Lovelace');
    await subjects.keyOf(ada);
    await writeFile(join(people, ada, '.half'), 'Ada Byron');
    const kept = join(await newFolder(), 'name');
    await link(join(people, ada, 'name'), kept);
    await subjects.erase(ada);
    expect(await readdir(join(people, ada))).toEqual(['erased']);
    expect((await readFile(kept)).every((byte) => byte === 0)).toBe(true);
  });
});

describe('a sealed text', () => {
  let folder: string;
  let people: string;
  beforeAll(async () => {
    folder = await newFolder();
    people = join(folder, 'people');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is the same bytes for the same text in the same place, and others elsewhere', async () => {
    const subjects = fileSubjects(people);
    const one = await sealText(subjects, ada, 'command/reason', said);
    expect(await sealText(fileSubjects(people), ada, 'command/reason', said)).toEqual(one);
    for (const another of [
      await sealText(subjects, ada, 'other/reason', said),
      await sealText(subjects, ada, 'command/reason', `${said}!`),
      await sealText(subjects, bob, 'command/reason', said),
    ]) {
      expect(another.enc.nonce).not.toBe(one.enc.nonce);
      expect(another.enc.text).not.toBe(one.enc.text);
    }
    expect(isSealedText(one)).toBe(true);
    for (const none of [said, null, [], {}, { enc: said }, { ...one, more: 1 }, { enc: { subject: ada } }])
      expect(isSealedText(none)).toBe(false);
  });

  it('opens with the key of its person only, and only unchanged', async () => {
    const subjects = fileSubjects(people);
    const { enc } = await sealText(subjects, ada, 'place', said);
    await subjects.keyOf(bob);
    expect(await openText(subjects, { enc })).toBe(said);
    const flipped = Buffer.from(enc.text, 'base64');
    flipped[3]! ^= 1;
    for (const wrong of [
      { ...enc, subject: bob },
      { ...enc, text: flipped.toString('base64') },
      { ...enc, text: 'AA==' },
      { ...enc, nonce: '' },
    ]) {
      await expect(openText(subjects, { enc: wrong })).rejects.toMatchObject({
        ...{ kind: 'integrity', code: 'TEXT_DAMAGED' },
      });
      expect(await shownText(subjects, { enc: wrong })).toBe('unreadable');
    }
  });

  it('is erased with the key: in what is stored, in every copy of it, while its hash holds', async () => {
    const subjects = fileSubjects(people);
    const event = { data: {}, metadata: { reason: await sealText(subjects, ada, 'erasure', said) } };
    const stored = JSON.stringify(event);
    const backup = `${stored}`;
    const digest = hash('sha256', stored);
    expect(stored).not.toContain('knee');
    expect(await shown(backup)).toBe(said);

    await subjects.erase(ada);

    for (const copy of [stored, backup]) {
      expect(hash('sha256', copy)).toBe(digest);
      expect(await shown(copy)).toBe('erased');
    }
    expect(await shownText(subjects, 'from before texts were sealed')).toBe('from before texts were sealed');
    for (const strange of [{ enc: { subject: 'Ada', nonce: '', text: '' } }, { enc: {} }, {}])
      expect(await shownText(subjects, strange as SealedText)).toBe('erased');
    await expect(sealText(subjects, ada, 'later', said)).rejects.toMatchObject({ code: 'SUBJECT_ERASED' });

    async function shown(bytes: string): Promise<string> {
      const { metadata } = JSON.parse(bytes) as { readonly metadata: { readonly reason: SealedText } };
      return shownText(fileSubjects(people), metadata.reason);
    }
  });

  it('stays erased where a crash left the key behind, and keeps nothing half-written', async () => {
    const subjects = fileSubjects(people);
    const cora = '00000000-0000-4000-8000-00000000000c';
    const sealed = await sealText(subjects, cora, 'place', said);
    const keyFile = join(people, cora, 'key');
    expect((await stat(keyFile)).mode & 0o077).toBe(0);
    await cp(keyFile, join(folder, 'key'));
    await subjects.erase(cora);
    await cp(join(folder, 'key'), keyFile);
    expect(await shownText(subjects, sealed)).toBe('erased');
    expect(await subjects.erase(cora)).toBe(false);
    expect(await readdir(join(people, cora))).toEqual(['erased']);
    expect(await readFile(join(people, cora, 'erased'), 'utf8')).toBe('');
  });
});

describe('a directory that is remembered', () => {
  /** Counts what reaches the directory, on a clock that stands still until it is told. */
  async function counting() {
    const under = fileSubjects(join(await newFolder(), 'people'));
    let [asked, ms] = [0, 0];
    const counted: Subjects = {
      ...under,
      keyOf: (subject) => (asked++, under.keyOf(subject)),
      findKey: (subject) => (asked++, under.findKey(subject)),
      find: (subject) => (asked++, under.find(subject)),
    };
    const people = rememberingSubjects(counted, { ...systemClock, monotonicMs: () => ms });
    return { people, under, asked: () => asked, wait: (by: number) => void (ms += by) };
  }

  it('is asked once in a second, by however many at once', async () => {
    const { people, asked, wait } = await counting();
    const sealed = await sealText(people, ada, 'place', said);
    const shown = await Promise.all(Array.from({ length: 20 }, () => openText(people, sealed)));
    expect([new Set(shown), asked()]).toEqual([new Set([said]), 1]);
    wait(1001);
    expect([await openText(people, sealed), asked()]).toEqual([said, 2]);
  });

  it('forgets whom it erases at once, and whom others erase within a second', async () => {
    const { people, under, wait } = await counting();
    const [one, two] = [
      await sealText(people, ada, 'place', said),
      await sealText(people, bob, 'place', said),
    ];
    await people.erase(ada);
    expect(await shownText(people, one)).toBe('erased');
    await under.erase(bob);
    wait(1001);
    expect(await shownText(people, two)).toBe('erased');
    expect(await people.find(bob)).toEqual({ subject: bob, erased: true });
  });

  it('remembers no failure, and knows a name as soon as it was given', async () => {
    const { people } = await counting();
    await expect(people.keyOf('nobody')).rejects.toMatchObject({ code: 'SUBJECT_INVALID' });
    expect(await people.find(ada)).toEqual({ subject: ada, erased: false });
    await people.setName(ada, 'Ada Lovelace');
    expect(await people.find(ada)).toMatchObject({ name: 'Ada Lovelace' });
  });
});

describe('a directory that is opened when it is needed', () => {
  it('is opened once, again where that failed, and closed only where it was', async () => {
    let opened = 0;
    const folder = await newFolder();
    const people = lazySubjects(() =>
      ++opened === 1 ? Promise.reject(new Error('away')) : Promise.resolve(fileSubjects(folder)),
    );
    await lazySubjects(() => Promise.reject(new Error('never asked'))).close();
    await expect(people.find(ada)).rejects.toThrow('away');
    await Promise.all([people.keyOf(ada), people.keyOf(bob)]);
    expect(opened).toBe(2);
    await people.close();
    await rm(folder, { recursive: true });
  });
});
