import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { expect, it } from '@jest/globals';
import { openMongoSubjects } from '#key-store/mongodb';
import { subjectsContract } from '#key-store/subjects/testing';
import { sharedServer } from '../support/servers/index.js';

const database = () => `test-${randomUUID()}`;
const urlOf = (name: string) => `${sharedServer('mongodb')}/${name}`;

async function inside<T>(name: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(urlOf(name));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

subjectsContract('mongodb', async () => {
  const name = database();
  const subjects = openMongoSubjects({ url: urlOf(name) });
  return {
    subjects,
    connect: () => Promise.resolve(openMongoSubjects({ url: urlOf(name) })),
    async dispose() {
      await subjects.close();
      await inside(name, (client) => client.db(`${name}-people`).dropDatabase());
    },
  };
});

it('keeps nothing of who was erased but that, in a database apart from read models', async () => {
  const name = database();
  const subjects = openMongoSubjects({ url: urlOf(name) });
  const ada = '00000000-0000-4000-8000-00000000000a';
  await subjects.setName(ada, 'Ada Lovelace');
  await subjects.keyOf(ada);
  await subjects.erase(ada);
  await subjects.close();
  await inside(name, async (client) => {
    const people = client.db(`${name}-people`).collection('people');
    expect(await people.find().toArray()).toEqual([{ _id: ada, erased: true }]);
    await client.db(`${name}-people`).dropDatabase();
  });
});

it('fails within its deadline where nobody answers, and says nothing of where that is', async () => {
  const subjects = openMongoSubjects({ url: 'mongodb://user:hunter2@127.0.0.1:1/lab', deadlineMs: 200 });
  const failed = subjects.find('00000000-0000-4000-8000-00000000000a');
  await expect(failed).rejects.toMatchObject({ kind: 'unavailable', code: 'KEY_STORE_UNAVAILABLE' });
  await expect(failed).rejects.not.toThrow('hunter2');
  await subjects.close();
});
