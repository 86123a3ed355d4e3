import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { afterAll, expect, it } from '@jest/globals';
import type { Digest } from '#kernel';
import { canonicalBytes, digestBytes } from '#evidence';
import { openBundle } from '#bundle-file';
import { declare, ended, key, reason, submit } from '../support/experiment.js';
import { onOneSystem } from './on-one-system.js';

const namespace = 'private';
const person = 'Ada-Lovelace-7731';
const home = '/home/ada.lovelace.7731/venvs/secret-project';
const secret = 'hush-hush-4c1d9f';
const inherited = 'inherited-by-the-server-88f2';
process.env['HOLDFAST_SEEDED'] = inherited;
const secretsDir = await mkdtemp(join(tmpdir(), 'holdfast-private-'));
await mkdir(join(secretsDir, 'vault'), { recursive: true });
await writeFile(join(secretsDir, 'vault', 'api@1'), `${secret}\n`);
afterAll(() => rm(secretsDir, { recursive: true, force: true }));
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Everything that a file says: as it is, and what is packed or encoded within it. */
function wordsOf(bytes: Buffer): string {
  const texts = [bytes.toString('latin1')];
  for (const unpack of [gunzipSync, inflateRawSync]) {
    try {
      texts.push(unpack(bytes).toString('latin1'));
    } catch {
      // Not packed in this way.
    }
  }
  for (const [, encoded = ''] of texts.join('\n').matchAll(/"payload":"([A-Za-z0-9+/=]+)"/g))
    texts.push(Buffer.from(encoded, 'base64').toString('latin1'));
  return texts.join('\n');
}

onOneSystem(
  'a bundle carries nothing personal and nothing secret',
  (system) => {
    async function exported(runId: string): Promise<string> {
      const request = { namespace, runId, withData: true, withEnvironment: false, withoutProofs: false };
      const parts = await Array.fromAsync(system().connection.provenance.exportBundle(request));
      expect(parts[0]?.noProofs).toBeUndefined();
      const file = Buffer.concat(parts.map(({ data }) => data));
      const path = join(secretsDir, `${runId}.holdfast`);
      await writeFile(path, file);
      const bundle = await openBundle(path);
      const names = bundle.core.entries
        .filter(({ target }) => target === undefined)
        .map((entry) => entry.path);
      const each = await Promise.all(
        [...names, ...bundle.proofs.map((name) => `proofs/${name}`)].map((name) =>
          bundle.bytes(name, 2 ** 26),
        ),
      );
      bundle.close();
      return [file, ...each].map((bytes) => wordsOf(Buffer.from(bytes))).join('\n');
    }
    const unwanted = () => [
      ...[
        reason,
        person,
        home,
        'ada.lovelace',
        secret,
        inherited,
        secretsDir,
        system().dataDir,
        process.cwd(),
      ],
      ...[homedir(), hostname()].filter((name) => name.length > 4),
    ];
    const register = (declaration: object) =>
      system().connection.registry.registerEnvironment(
        { namespace, name: '', declaration: json(declaration), reason },
        key(),
      );

    it('though the catalogue, the server and the steps know plenty of both', async () => {
      const { registry } = system().connection;
      const knob = { knob: 'rate', type: 'number', default: 1, description: `Ask ${person}`, owner: person };
      await registry
        .declareKnob({ namespace, declaration: json(knob), reason }, key())
        .catch(() =>
          registry.declareKnob(
            { namespace, declaration: json({ ...knob, owner: undefined }), reason },
            key(),
          ),
        );
      await declare(system(), {
        ...{ namespace, name: 'talks', datasets: { birds: 'species\nowl\n' } },
        files: {
          'train.mjs': `import fs from 'node:fs'; console.log(process.env.TOKEN, process.env.HOLDFAST_SEEDED ?? 'unset');
            fs.writeFileSync('outputs/model.json', '{}');`,
        },
        blueprint: {
          knobs: { rate: 2 },
          secrets: { TOKEN: 'vault:api@1' },
          data: { birds: { dataset: 'birds@1' } },
          steps: {
            train: { run: ['node', 'train.mjs'], in: { raw: 'data.birds' }, out: { model: 'model.json' } },
          },
        },
      });
      const run = await ended(system(), await submit(system(), { namespace, name: 'talks' }));
      const words = await exported(run.id);
      expect(words).toContain('*** unset');
      for (const text of unwanted()) expect([text, words.includes(text)]).toEqual([text, false]);
      // What people wrote as the reason is in it sealed, and whoever has the bundle cannot read it.
      expect(words).toMatch(/enc[^]{1,4}:[^]{0,4}nonce/);
    });

    it('and an environment lies somewhere, and is missing there', async () => {
      const parts = {
        interpreter: digestBytes('python'),
        packages: digestBytes('numpy'),
        lock: digestBytes('lock'),
      };
      const environment = { kind: 'host-python', digest: digestBytes(canonicalBytes(parts)), ...parts };
      await register({ environment: 'venv', architecture: process.arch, ...environment, location: home });
      await declare(system(), {
        ...{ namespace, name: 'lies', files: { 'a.py': '' } },
        blueprint: { steps: { a: { run: ['python', 'a.py'] } } },
      });
      const { blueprint } = await system().connection.registry.getBlueprint({ namespace, ref: 'lies' });
      const document = JSON.parse(String(Buffer.from(blueprint?.document ?? []))) as object;
      const lock = JSON.parse(String(Buffer.from(blueprint?.lock ?? []))) as object;
      await system().connection.registry.declareBlueprint(
        {
          ...{ namespace, reason },
          document: json({ ...document, environment: 'venv' }),
          lock: json({ ...lock, environment: { name: 'venv', ...environment } }),
        },
        key(),
      );
      const run = await ended(system(), await submit(system(), { namespace, name: 'lies' }));
      expect(run.failure?.message).toContain('the place of the environment venv');
      const { manifest } = run;
      const bytes = await system().artifacts.read(manifest as Digest);
      expect(Buffer.from(bytes).toString()).not.toContain(home);
      const words = await exported(run.id);
      for (const text of unwanted()) expect([text, words.includes(text)]).toEqual([text, false]);
    });
  },
  { env: { HOLDFAST_SECRETS_DIR: secretsDir } },
);
