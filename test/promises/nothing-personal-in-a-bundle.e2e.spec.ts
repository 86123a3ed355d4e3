import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from '@jest/globals';
import type { Digest } from '#kernel';
import { canonicalBytes, digestBytes } from '#evidence';
import { openBundle, verifyBundle } from '#bundle-file';
import { blueprintStream } from '#domain/blueprint';
import { connect, type Connection } from '#rpc';
import { buried } from '../support/buried.js';
import { declare, ended, key, submit, type Experiment } from '../support/experiment.js';
import { signer } from '../support/signing.js';
import { onOneSystem } from './on-one-system.js';

const namespace = 'private';
/** Of whom the directory knows the name, and who does all of it. */
const ada = '6f1c5f0e-0b0a-4b0e-9c56-0000000ada01';
const seeds = {
  name: 'Ada-Lovelace-7731',
  reason: 'because-of-my-knee-99e1',
  approval: 'approved-by-the-lady-51c0',
  owner: 'ask-Charles-Babbage-2204',
  home: '/home/ada.lovelace.7731/venvs/secret-project',
  secret: 'hush-hush-4c1d9f',
  inherited: 'inherited-by-the-server-88f2',
} as const;
process.env['HOLDFAST_SEEDED'] = seeds.inherited;
const secretsDir = await mkdtemp(join(tmpdir(), 'holdfast-private-'));
await mkdir(join(secretsDir, 'vault'), { recursive: true });
await writeFile(join(secretsDir, 'vault', 'api@1'), `${seeds.secret}\n`);
afterAll(() => rm(secretsDir, { recursive: true, force: true }));
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

const script = `import fs from 'node:fs';
  const { TOKEN, HOLDFAST_SEEDED = 'unset' } = process.env;
  console.log(TOKEN, HOLDFAST_SEEDED);
  console.error('with', TOKEN);
  fs.writeFileSync('outputs/model.json', '{}');`;
const talks = (name: string, end: string): Experiment => ({
  ...{ namespace, name, datasets: { birds: 'species\nowl\n' } },
  files: { 'train.mjs': `${script}\n${end}` },
  blueprint: {
    knobs: { rate: 2 },
    secrets: { TOKEN: 'vault:api@1' },
    data: { birds: { dataset: 'birds@1' } },
    steps: {
      train: { run: ['node', 'train.mjs'], in: { raw: 'data.birds' }, out: { model: 'model.json' } },
    },
  },
});

it('what is looked for is found, however it is packed', () => {
  const hidden = (bytes: Buffer) => Buffer.concat([Buffer.from('{"a":"'), bytes, Buffer.from('"}')]);
  for (const shift of ['', 'x', 'xy']) {
    const encoded = Buffer.from(Buffer.from(`${shift}${seeds.name}, and more`).toString('base64'));
    for (const bytes of [encoded, gzipSync(encoded), Buffer.from(gzipSync(encoded).toString('base64url'))])
      expect(buried(Object.values(seeds), [hidden(bytes)])).toEqual([seeds.name]);
  }
});

onOneSystem(
  'a bundle carries nothing personal and nothing secret',
  (system) => {
    let client: Connection;
    const theirs = () => {
      client ??= connect(system().addresses.auditor, {
        defaults: { metadata: { 'holdfast-actor': ada, 'holdfast-actor-type': 'person' } },
      });
      return { connection: client };
    };
    afterAll(() => client?.close());

    /** The file, and each of its members by itself. */
    async function exported(runId: string): Promise<readonly Uint8Array[]> {
      const request = { namespace, runId, withData: true, withEnvironment: false, withoutProofs: false };
      const parts = await Array.fromAsync(theirs().connection.provenance.exportBundle(request));
      expect(parts[0]?.noProofs).toBeUndefined();
      const path = join(secretsDir, `${runId}.holdfast`);
      await writeFile(path, Buffer.concat(parts.map(({ data }) => data)));
      expect(await verifyBundle(path)).toMatchObject({ problems: [] });
      const bundle = await openBundle(path);
      const names = bundle.core.entries
        .filter(({ target }) => target === undefined)
        .map((entry) => entry.path);
      const each = await Promise.all(
        ['holdfast-bundle.json', ...names, ...bundle.proofs.map((name) => `proofs/${name}`)].map((name) =>
          bundle.bytes(name, 2 ** 26),
        ),
      );
      bundle.close();
      return [...parts.map(({ data }) => data), ...each];
    }
    const unwanted = (): string[] => [
      ...Object.values(seeds),
      ...[seeds.home.slice(0, 25), secretsDir, system().dataDir, process.cwd(), process.execPath],
      ...[homedir(), hostname(), userInfo().username].filter((name) => name.length > 5),
    ];
    const textOf = (files: readonly Uint8Array[]) => Buffer.concat(files).toString('latin1');

    it('though the directory, the catalogue, the server and the steps know plenty of both', async () => {
      const { auditor, registry } = theirs().connection;
      await auditor.namePerson({ person: '', name: seeds.name }, key());
      const knob = { knob: 'rate', type: 'number', default: 1, description: `Ask ${seeds.name}` };
      const declaration = json({ ...knob, owner: seeds.owner });
      await registry.declareKnob({ namespace, declaration, reason: seeds.reason }, key());
      const sign = signer(ada);
      const approve = (name: string) =>
        sign(system(), theirs().connection, {
          ...{ subject: blueprintStream(namespace, name), meaning: 'approval', reason: seeds.approval },
        });
      await declare(theirs(), talks('talks', ''), seeds.reason);
      await approve('talks');
      const run = await ended(theirs(), await submit(theirs(), { namespace, name: 'talks' }, seeds.reason));
      expect(run.status).toBe('RUN_STATUS_COMPLETED');
      const files = await exported(run.id);
      const text = textOf(files);
      expect(text).toContain('*** unset');
      expect(text).toContain('with ***');
      expect(text).toContain(`\\"signer\\":\\"${ada}`);
      // What people wrote as the reason is in it sealed, and whoever has the bundle cannot read it.
      expect(text).toMatch(/enc[^]{1,4}:[^]{0,4}nonce/);
      expect(buried(unwanted(), files)).toEqual([]);
    });

    it('and a step fails with a secret on its lips', async () => {
      const end = 'throw new Error(`no ${TOKEN}`)';
      await declare(theirs(), talks('fails', end), seeds.reason);
      const run = await ended(theirs(), await submit(theirs(), { namespace, name: 'fails' }, seeds.reason));
      expect(run.failure?.message).toBeTruthy();
      const files = await exported(run.id);
      expect(textOf(files)).toContain('no ***');
      expect(buried(unwanted(), files)).toEqual([]);
    });

    it('and an environment lies somewhere, and is missing there', async () => {
      const { registry } = theirs().connection;
      const { reason, home } = seeds;
      const parts = {
        interpreter: digestBytes('python'),
        packages: digestBytes('numpy'),
        lock: digestBytes('lock'),
      };
      const environment = { kind: 'host-python', digest: digestBytes(canonicalBytes(parts)), ...parts };
      const declaration = { environment: 'venv', architecture: process.arch, ...environment, location: home };
      await registry.registerEnvironment(
        { namespace, name: '', declaration: json(declaration), reason },
        key(),
      );
      const lies = { namespace, name: 'lies', files: { 'a.py': '' } };
      await declare(theirs(), { ...lies, blueprint: { steps: { a: { run: ['python', 'a.py'] } } } }, reason);
      const { blueprint } = await registry.getBlueprint({ namespace, ref: 'lies' });
      const document = JSON.parse(String(Buffer.from(blueprint?.document ?? []))) as object;
      const lock = JSON.parse(String(Buffer.from(blueprint?.lock ?? []))) as object;
      await registry.declareBlueprint(
        {
          ...{ namespace, reason },
          document: json({ ...document, environment: 'venv' }),
          lock: json({ ...lock, environment: { name: 'venv', ...environment } }),
        },
        key(),
      );
      const run = await ended(theirs(), await submit(theirs(), { namespace, name: 'lies' }, reason));
      expect(run.failure?.message).toContain('the place of the environment venv');
      const manifest = await system().artifacts.read(run.manifest as Digest);
      expect(buried([home], [manifest, ...(await exported(run.id))])).toEqual([]);
    });
  },
  { env: { HOLDFAST_SECRETS_DIR: secretsDir } },
);
