import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer, type EmbeddedServer } from '../server.js';
import { jsonOf, withinProcess } from '../testing/cli.js';
import { makeFolder, type TestFolder } from '../testing/folder.js';

let folder: TestFolder;
let server: EmbeddedServer;
const run = (...args: readonly string[]) =>
  withinProcess(args, { HOME: folder.path, HOLDFAST_DATA_DIR: folder.at('data') });
const me = () => readFileSync(folder.at('me'), 'utf8');
const identity = (name: string) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  folder.put(name, privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  return folder.at(name);
};
beforeAll(async () => {
  folder = makeFolder();
  server = await startServer(folder.at('data'), 0, { PATH: process.env['PATH'] ?? '', HOME: folder.path });
});
afterAll(async () => {
  await server.stop();
  folder.remove();
});

describe('people, from the command line', () => {
  it('name themselves, and are shown by that name beside their pseudonym', async () => {
    expect((await run('person', 'list')).stderr).toContain('nobody was named yet');
    const named = await run('person', 'name', 'Ada Lovelace');
    expect(named).toMatchObject({ status: 0, stdout: expect.stringMatching(/^name +Ada Lovelace$/m) });
    const { id } = jsonOf(await run('person', 'show', '-o', 'json')) as { id: string };
    folder.put('me', id);
    expect((await run('person', 'list')).stdout).toMatch(new RegExp(`${id} +Ada Lovelace`));
    expect((await run('person', 'show', id, '-q')).stdout.trim()).toBe(id);
    const history = await run('history', `person-${id}`);
    expect(history.stdout).toContain(`person Ada Lovelace (${id.slice(0, 8)})`);
    expect((await run('person', 'name', ' ')).status).toBe(2);
  });

  it('sign with one key, and with another once it has replaced the first', async () => {
    const [first, next, other] = ['first.pem', 'next.pem', 'other.pem'].map(identity) as [
      string,
      string,
      string,
    ];
    const subject = `person-${me()}`;
    const sign = (key: string) =>
      run('sign', subject, '--meaning', 'review', '--identity', key, '--reason', 'I am that person', '-y');
    expect(
      await run('identity', 'replace', '--identity', next, '--lost', '--reason', 'new', '-y'),
    ).toMatchObject({
      stderr: expect.stringContaining('SIGNER_UNKNOWN'),
    });
    const signed = await sign(first);
    expect(signed.stdout).toMatch(/^signer +Ada Lovelace/m);
    expect(await sign(next)).toMatchObject({ stderr: expect.stringContaining('SIGNER_KEY_DIFFERENT') });
    const replace = (...how: string[]) =>
      run('identity', 'replace', '--identity', next, ...how, '--reason', 'yearly', '-y');
    expect((await replace()).status).toBe(2);
    expect((await sign(folder.at('me'))).stderr).not.toMatch(/-out \S*\/me/);
    expect(await replace('--before', other)).toMatchObject({ status: 2 });
    expect((await replace('--before', first)).stdout).toMatch(/^vouched for by +the key before$/m);
    expect((await sign(next)).status).toBe(0);
    const { status, stdout } = await run('signatures', subject);
    expect(status).toBe(0);
    expect(stdout).toMatch(/yes +the present one[^]*yes +replaced since/);
  });

  it('are forgotten when that is confirmed, and what they said with them', async () => {
    const erase = ['person', 'erase', me(), '--authority', 'request 7', '--reason', 'asked to be'];
    expect(await run(...erase)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('NOT_CONFIRMED'),
    });
    expect((await run('why', `person-${me()}`)).stdout).toContain('Ada Lovelace');
    const erased = await run(...erase, '-y');
    expect(erased.stdout).toMatch(/^name +erased$/m);
    expect(erased.stderr).toContain('as somebody new');
    const told = [
      await run('history'),
      await run('signatures', '-o', 'json'),
      await run('person', 'list'),
      await run('why', `person-${me()}`),
    ];
    for (const { stdout } of told) {
      expect(stdout).not.toMatch(/Ada|I am that person|asked to be/);
      expect(stdout).toContain('erased');
    }
    expect((await run('person', 'name', 'Ada')).stderr).toContain('PERSON_ERASED');
    expect((await run('audit', 'verify')).status).toBe(0);
  });
});
