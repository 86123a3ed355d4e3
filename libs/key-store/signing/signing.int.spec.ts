import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { publicKeyPem, verifyEd25519, type Signer } from '#evidence';
import { openSigner } from './index.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
});
afterAll(() => rm(dir, { recursive: true }));

const message = Buffer.from('message');
const signs = async (signer: Signer): Promise<boolean> =>
  verifyEd25519(message, await signer.sign(message), signer.publicKey);
const hexOf = ({ publicKey }: Signer): string => Buffer.from(publicKey).toString('hex');
const seed = Buffer.alloc(32, 7).toString('base64');

describe('a key in a file', () => {
  it('is made once, for its owner alone, and named after itself', async () => {
    const setting = `file:${join(dir, 'new', 'signing.pem')}`;
    const signers = await Promise.all(Array.from({ length: 5 }, () => openSigner(setting)));
    expect(new Set(signers.map(hexOf)).size).toBe(1);
    expect(new Set(signers.map(({ keyName }) => keyName))).toEqual(new Set([signers[0]?.keyName]));
    expect(signers[0]?.keyName).toMatch(/^holdfast\.local\/[0-9a-f]{16}$/);
    expect((await stat(join(dir, 'new', 'signing.pem'))).mode & 0o777).toBe(0o600);
    expect((await readdir(join(dir, 'new'))).sort()).toEqual(['origin', 'signing.pem']);
    expect(await signs(signers[0] as Signer)).toBe(true);
  });

  it('is followed by another under the same name', async () => {
    const path = join(dir, 'next', 'signing.pem');
    const first = await openSigner(`file:${path}`);
    await rm(path);
    const second = await openSigner(`file:${path}`);
    expect(hexOf(second)).not.toBe(hexOf(first));
    expect(second.keyName).toBe(first.keyName);
    expect((await openSigner(`file:${path}`, { origin: 'lab.example/log' })).keyName).toBe('lab.example/log');
  });

  it('may come from OpenSSL, which understands ours', async () => {
    const path = join(dir, 'openssl.pem');
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', path]);
    await chmod(path, 0o600);
    const signer = await openSigner(`file:${path}`);
    const pem = execFileSync('openssl', ['pkey', '-in', path, '-pubout']).toString();
    expect(publicKeyPem(signer.publicKey)).toBe(pem);
    expect(await signs(signer)).toBe(true);
  });

  it('is refused when everybody can read it, or it is none, telling nothing of it', async () => {
    const path = join(dir, 'exposed.pem');
    await writeFile(path, `${seed}\n`, { mode: 0o644 });
    await expect(openSigner(`file:${path}`)).rejects.toMatchObject({ code: 'SIGNING_KEY_EXPOSED' });
    await chmod(path, 0o600);
    expect(await signs(await openSigner(`file:${path}`))).toBe(true);
    await writeFile(path, `${seed}hunter2`);
    const refused = await openSigner(`file:${path}`).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject({ kind: 'invalid', code: 'SIGNING_KEY_INVALID' });
    expect(String((refused as Error).stack)).not.toMatch(/hunter2|BwcHBw/);
    await expect(openSigner(`file:${join(dir, 'none.pem')}`, { create: false })).rejects.toMatchObject({
      code: 'SIGNING_KEY_MISSING',
    });
    await expect(openSigner(`file:/proc/none/signing.pem`)).rejects.toMatchObject({
      code: 'SIGNING_KEY_MISSING',
    });
  });
});

describe('a key in the environment', () => {
  it('is PEM, with or without real newlines, or 32 bytes', async () => {
    const pem = await readFile(join(dir, 'new', 'signing.pem'), 'utf8');
    const env = { A: pem, B: pem.replaceAll('\n', '\\n'), C: seed, D: '' };
    const [a, b, c] = await Promise.all(['A', 'B', 'C'].map((name) => openSigner(`env:${name}`, { env })));
    expect(hexOf(a as Signer)).toBe(hexOf(b as Signer));
    expect(await signs(c as Signer)).toBe(true);
    for (const name of ['D', 'E'])
      await expect(openSigner(`env:${name}`, { env })).rejects.toMatchObject({ code: 'SIGNING_KEY_MISSING' });
  });

  it.each(['', 'file:', 'env:a b', 'kms:x', 'command: '])('is not chosen by %j', async (setting) => {
    await expect(openSigner(setting)).rejects.toMatchObject({ code: 'SIGNING_KEY_INVALID' });
  });
});

describe('a key behind a program', () => {
  const program = async (name: string, body: string): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, body, { mode: 0o755 });
    return `command:${process.execPath} ${path}`;
  };
  const kms = `
    const { createPrivateKey, createPublicKey, sign } = require('node:crypto');
    const key = createPrivateKey({ key: Buffer.from('302e020100300506032b657004220420' + '07'.repeat(32), 'hex'), format: 'der', type: 'pkcs8' });
    if (process.argv[2] === 'public-key') process.stdout.write(createPublicKey(key).export({ format: 'pem', type: 'spki' }));
    else process.stdout.write(sign(null, require('node:fs').readFileSync(0), key).toString('base64') + '\\n');`;

  it('is asked to sign', async () => {
    const signer = await openSigner(await program('kms.cjs', kms), { origin: 'lab.example/log' });
    expect(hexOf(signer)).toBe(hexOf(await openSigner('env:K', { env: { K: seed } })));
    expect(await signs(signer)).toBe(true);
  });

  it.each([
    ['fails', `process.exit(3)`],
    ['is silent', ``],
    ['says too much', `process.stdout.write('x'.repeat(100000))`],
  ])('is refused when it %s', async (_, body) => {
    const opening = openSigner(await program('bad.cjs', body));
    await expect(opening).rejects.toMatchObject({ code: expect.stringMatching(/SIGNER_FAILED|KEY_INVALID/) });
  });

  it('is not believed when it signs with another key', async () => {
    const other = kms.replace("'07'.repeat(32)", "(process.argv[2] === 'sign' ? '08' : '07').repeat(32)");
    const signer = await openSigner(await program('other.cjs', other));
    await expect(signer.sign(message)).rejects.toMatchObject({ code: 'SIGNER_FAILED' });
    await expect(openSigner('command:/nowhere/kms')).rejects.toMatchObject({ code: 'SIGNER_FAILED' });
  });
});
