import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { publicKeyPem } from '#evidence';
import { signedSample, testSigner } from '#bundle-file/testing';
import { newSigner, sampleEvents, sampleExport } from '#export-file/testing';

const root = new URL('../../../../', import.meta.url).pathname;
const run = promisify(execFile);
let dir: string;
beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-alone-')));
});
afterAll(() => rm(dir, { recursive: true }));

/** All that may be read beside the file and the key. No other file, no network, no process, nothing is written. */
const program = ['dist', 'package.json', 'node_modules/commander', 'node_modules/zod'];

it.each([
  ['bundle', async () => ({ ...testSigner(), file: (await signedSample()).file })],
  [
    'export',
    async () => {
      const signer = newSigner();
      return { ...signer, file: await sampleExport({ events: sampleEvents(5), signer }) };
    },
  ],
])(
  'a %s is verified with nothing but the program, its two packages, the file and a key',
  async (name, made) => {
    const { publicKey, file } = await made();
    const [path, key] = [join(dir, name), join(dir, `${name}.pub`)];
    await writeFile(path, file);
    await writeFile(key, publicKeyPem(publicKey));
    const may = [...program.map((part) => join(root, part)), dir].map((part) => `--allow-fs-read=${part}`);
    const main = join(root, 'dist/apps/cli/main.js');
    const said = await run(process.execPath, ['--permission', ...may, main, 'verify', path, '--key', key]);
    expect(said.stdout).toMatch(/: holds\n[^]*^proven$[^]*^not proven$/m);
  },
);
