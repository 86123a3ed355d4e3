import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, symlinkSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestBytes } from '#evidence';
import { parseLock } from '#domain/blueprint';
import { holdfast, withinProcess } from '../testing/cli.js';
import { blueprintText, mainScript, makeFolder, type TestFolder } from '../testing/folder.js';

let folder: TestFolder;
beforeEach(() => {
  folder = makeFolder();
  folder.put('src/main.mjs', mainScript);
});
afterEach(() => folder.remove());

const lock = (...args: string[]) => withinProcess(['lock', folder.path, ...args], { HOME: folder.path });
const locked = () => parseLock(folder.read('holdfast.lock'));
const codes = (stderr: string) => [...stderr.matchAll(/ {2}([A-Z][A-Z_]+) {2}/g)].map(([, code]) => code);

describe('holdfast lock', () => {
  it('pins code, environment and data by digest, twice the same, without a server', async () => {
    folder.put('points.csv', 'a,b\n1,2\n');
    folder.put('pictures/one.png', 'one');
    folder.put(
      'holdfast.yaml',
      blueprintText('data: { points: { path: points.csv }, pictures: { path: ./pictures } }'),
    );
    const said = await holdfast(['lock'], { cwd: folder.path, env: { HOME: folder.path } });
    expect(said).toMatchObject({ status: 0, stderr: '' });
    expect(said.stdout).toMatch(/^holdfast\.lock written\n {2}code {10,}sha256:/);
    const { code, environment, data, sourceDateEpoch } = locked();
    expect(code.sizeBytes).toBe(mainScript.length);
    expect(environment).toMatchObject({ kind: 'node', name: 'node-26' });
    expect(sourceDateEpoch).toBe(315_532_800);
    expect(data['points']).toMatchObject({ digest: digestBytes('a,b\n1,2\n'), format: 'csv', sizeBytes: 8 });
    expect(data['points']?.dataset).toMatch(/^small-points-[0-9a-f]{12}@1$/);
    expect(data['pictures']).toMatchObject({ format: 'tree', sizeBytes: 3 });
    const first = folder.read('holdfast.lock');
    expect((await lock()).stdout).toMatch(/holdfast\.lock unchanged\n$/);
    expect(folder.read('holdfast.lock')).toBe(first);
  });

  it('does not hash again what did not change, unless --no-cache is said', async () => {
    folder.put('holdfast.yaml', blueprintText());
    const env = { HOME: folder.path, XDG_CACHE_HOME: folder.at('cache') };
    const command = (...args: string[]) => holdfast(['lock', folder.path, ...args], { env });
    // As if written a moment ago, however long a start takes: what may still change is not kept.
    const soon = new Date(Date.now() + 3_600_000);
    utimesSync(folder.at('src/main.mjs'), soon, soon);
    await command();
    const [file = '', ...others] = readdirSync(folder.at('cache/holdfast/digests'));
    expect(others).toEqual([]);
    const text = folder.read(`cache/holdfast/digests/${file}`);
    const { digest } = locked().environment;
    expect(text).toContain(digest);
    const forged = text.slice(text.indexOf('\n') + 1).replace(digest, digestBytes('another Node'));
    const first = `holdfast-digests/1 ${digestBytes(forged).slice('sha256:'.length)}`;
    folder.put(`cache/holdfast/digests/${file}`, `${first}\n${forged}`, 0o600);
    const believed = await command('--check');
    expect(believed.status).toBe(4);
    expect(believed.stdout).toContain('environment.digest');
    expect((await command('--check', '--no-cache')).status).toBe(0);
  });

  it('shows what moved; with --check it writes nothing and ends with 4', async () => {
    folder.put('holdfast.yaml', blueprintText());
    expect((await lock('--check')).status).toBe(4);
    await lock();
    expect((await lock('--check')).status).toBe(0);
    const before = folder.read('holdfast.lock');
    appendFileSync(folder.at('src/main.mjs'), '//');
    const check = await lock('--check', '-o', 'json');
    expect(check.status).toBe(4);
    expect(JSON.parse(check.stdout)).toMatchObject({
      state: 'would change',
      moved: [{ field: 'code.sizeBytes' }, { field: 'code.tree' }],
    });
    expect(folder.read('holdfast.lock')).toBe(before);
    expect((await lock()).stdout).toMatch(
      /rewritten\n {2}code\.sizeBytes: \d+ → \d+\n {2}code\.tree: sha256:/,
    );
  });

  it('takes for code neither what declares the experiment nor what is ignored', async () => {
    folder.put('main.mjs', mainScript);
    folder.put('holdfast.yaml', blueprintText('code: { path: . }'));
    folder.put('.holdfastignore', 'src/\n*.log\n');
    await lock();
    const { tree } = locked().code;
    folder.put('catalogue/lr.yaml', 'knob: lr\ntype: number\ndefault: 1\ndescription: Step\n');
    folder.put('node_modules/x/index.js', '');
    folder.put('.git/HEAD', '');
    folder.put('run.log', '');
    folder.put('holdfast.yaml', blueprintText('code: { path: . }', 'why: something else'));
    await lock();
    expect(locked().code.tree).toBe(tree);
    folder.put('.holdfastignore', 'src/\n*.log\n!node_modules/\n');
    await lock();
    expect(locked().code.tree).not.toBe(tree);
  });

  it('tells everything that is wrong with the files at once, where it is', async () => {
    symlinkSync('/etc/passwd', folder.at('src/away'));
    folder.put('src/Readme.md');
    folder.put('src/README.md');
    folder.put('src/outputs/x');
    symlinkSync('/etc/hostname', folder.at('points.csv'));
    folder.put(
      'holdfast.yaml',
      blueprintText(
        'data: { a: { path: points.csv }, b: { path: none.csv } }',
        'secrets: { TOKEN: "vault:a/b" }',
      ),
    );
    const said = await lock();
    expect(said).toMatchObject({ status: 2, stdout: '' });
    expect(codes(said.stderr).sort()).toEqual(
      ['LINK_OUTSIDE', 'LINK_OUTSIDE', 'FILE_MISSING', 'NAME_COLLISION', 'SECRET_UNPINNED'].sort(),
    );
    expect(said.stderr).toContain('src/away:1:1  LINK_OUTSIDE');
    expect(said.stderr).toMatch(/holdfast\.yaml:7:\d+ {2}LINK_OUTSIDE {2}data\.a\.path/);
  });

  it('refuses code that takes the names a step needs', async () => {
    folder.put('src/inputs/x');
    folder.put('src/params.json', '{}');
    folder.put('holdfast.yaml', blueprintText());
    const said = await lock();
    expect(codes(said.stderr).filter((code) => code === 'CODE_NAME_RESERVED')).toHaveLength(2);
  });

  it('pins a commit of a git repository, and the time it was made', async () => {
    const repository = folder.at('repository');
    mkdirSync(repository);
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        cwd: repository,
        env: { ...process.env, GIT_COMMITTER_DATE: '1700000000 +0000', GIT_AUTHOR_DATE: '1700000000 +0000' },
      })
        .toString()
        .trim();
    git('init', '--quiet');
    folder.put('repository/models/main.mjs', mainScript);
    folder.put('repository/other.txt');
    git('add', '.');
    git('commit', '--quiet', '-m', 'first');
    const commit = git('rev-parse', 'HEAD');
    folder.put('repository/models/main.mjs', 'not committed');
    const url = 'https://git.example/team/models.git';
    const env = {
      HOME: folder.path,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `url.file://${repository}.insteadOf`,
      GIT_CONFIG_VALUE_0: url,
    };
    const at = (sha: string) =>
      folder.put('holdfast.yaml', blueprintText(`code: { git: "${url}", commit: ${sha}, path: models }`));
    at(commit);
    const said = await withinProcess(['lock', folder.path], env);
    expect(said).toMatchObject({ status: 0, stderr: '' });
    const { code, sourceDateEpoch } = locked();
    expect({ code, sourceDateEpoch }).toMatchObject({
      code: { commit, sizeBytes: mainScript.length },
      sourceDateEpoch: 1_700_000_000,
    });
    at('0123456789abcdef0123456789abcdef01234567');
    const wrong = await withinProcess(['lock', folder.path], env);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(
      /holdfast\.yaml:6:\d+ {2}GIT_FAILED {2}code\.git: the commit cannot be fetched/,
    );
  });

  it('keeps a secret version that an earlier lock names', async () => {
    folder.put('holdfast.yaml', blueprintText('secrets: { TOKEN: "vault:a/b@7" }'));
    await lock();
    expect(locked().secrets).toBeUndefined();
    folder.put(
      'holdfast.lock',
      folder.read('holdfast.lock').replace('"v": 1', '"secrets": { "TOKEN": "7" },\n"v": 1'),
    );
    folder.put('holdfast.yaml', blueprintText('secrets: { TOKEN: "vault:a/b" }'));
    expect((await lock()).status).toBe(0);
    expect(locked().secrets).toEqual({ TOKEN: '7' });
  });

  it('reads a venv by what is in it', async () => {
    folder.put('requirements.txt', '');
    folder.put(
      'holdfast.yaml',
      blueprintText('environment: { host: { python: .venv, lock: requirements.txt } }'),
    );
    const missing = await lock();
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain('ENVIRONMENT_NOT_FOUND');
    folder.put('.venv/pyvenv.cfg', 'home = /usr/bin\n');
    mkdirSync(folder.at('.venv/bin'));
    symlinkSync(process.execPath, folder.at('.venv/bin/python'));
    folder.put('.venv/lib/python3.12/site-packages/a.py', 'a = 1');
    expect((await lock()).status).toBe(0);
    const { environment } = locked();
    expect(environment).toMatchObject({ kind: 'host-python', name: 'small-python', lock: digestBytes('') });
    folder.put('.venv/lib/python3.12/site-packages/a.py', 'a = 2');
    expect((await lock('--check')).stdout).toContain('environment.packages: ');
  });
});
