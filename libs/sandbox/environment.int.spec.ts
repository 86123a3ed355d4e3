import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestBytes, digestValue, canonicalBytes } from '#evidence';
import {
  captureFingerprint,
  hostPythonEnvironment,
  nodeEnvironment,
  type EnvironmentSpec,
  type StepSpec,
} from './index.js';
import { isGone, processInfo } from './process/proc.js';
import { openBench, testedLevels, type StepBench } from './testing/step-bench.js';

/** A venv of the system's Python; undefined on a machine without one that everybody may run. */
function systemPython(): string | undefined {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import venv'], { stdio: 'ignore' });
    return '/usr/bin/python3';
  } catch {
    return undefined;
  }
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-env-'));
  execFileSync('/bin/chmod', ['755', dir]);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What `python -m venv` makes, as far as it matters here, around any executable. */
async function venvAround(name: string, interpreter: string, version = '3.11'): Promise<string> {
  const venv = join(dir, name);
  const info = join(venv, 'lib', `python${version}`, 'site-packages', 'Nice_Lib-1.2.dist-info');
  await mkdir(info, { recursive: true });
  await mkdir(join(venv, 'bin'));
  await symlink(interpreter, join(venv, 'bin', 'python'));
  await writeFile(join(venv, 'pyvenv.cfg'), `home = /usr/bin\ninclude-system-site-packages = false\n`);
  await writeFile(join(info, 'METADATA'), 'Name: nice-lib\n');
  await writeFile(join(info, 'RECORD'), venv);
  await writeFile(join(info, '..', 'nice.py'), 'answer = 42\n');
  return venv;
}

describe('a Python environment on the host', () => {
  it('has the digest of what can be imported, wherever it lies', async () => {
    const [one, other] = [
      await venvAround('one', process.execPath),
      await venvAround('other', process.execPath),
    ];
    const packages = join(other, 'lib', 'python3.11', 'site-packages');
    const first = await hostPythonEnvironment(one);
    expect(first).toMatchObject({ version: '3.11', installed: ['nice-lib==1.2'] });
    expect(await hostPythonEnvironment(other)).toEqual(first);
    expect(first.interpreter).toBe((await nodeEnvironment(process.execPath)).digest);

    await mkdir(join(packages, '__pycache__'));
    await writeFile(join(packages, '__pycache__', 'nice.cpython-311.pyc'), 'x');
    expect(await hostPythonEnvironment(other)).toEqual(first);
    await appendFile(join(packages, 'nice.py'), '#');
    expect((await hostPythonEnvironment(other)).packages).not.toBe(first.packages);
  });

  it('says what is no venv', async () => {
    await expect(hostPythonEnvironment(join(dir, 'nothing'))).rejects.toMatchObject({
      code: 'ENVIRONMENT_NOT_FOUND',
    });
    await expect(nodeEnvironment(join(dir, 'nothing'))).rejects.toMatchObject({
      code: 'ENVIRONMENT_NOT_FOUND',
    });
  });
});

describe('a Python environment whose interpreter only this server may reach', () => {
  let bench: StepBench;
  beforeAll(async () => {
    bench = await openBench('process');
  });
  afterAll(() => bench.close());
  const run = async (name: string, main: string, over: Partial<StepSpec> = {}) => {
    const venvDir = await venvAround(name, process.execPath);
    await chmod(venvDir, 0o700);
    const { interpreter, packages } = await hostPythonEnvironment(venvDir);
    const environment: EnvironmentSpec = { kind: 'host-python', venvDir, interpreter, packages };
    const foreseen = await bench.sandbox.isolationFor(environment, false);
    const spec = await bench.spec(
      { 'main.cjs': main },
      { argv: ['python', 'main.cjs'], environment, ...over },
    );
    return { foreseen, outcome: await bench.sandbox.runStep(spec) };
  };

  it('is used by steps of the server’s own user, which is said, with no right that others have not', async () => {
    const { foreseen, outcome } = await run(
      'hidden',
      `console.log(/CapEff:\\s*(\\w+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1]);`,
    );
    expect(outcome).toMatchObject({ status: 'completed', isolation: { isolated: false } });
    const { uid, ...isolation } = outcome.isolation;
    expect(uid).toBe(process.getuid?.());
    expect(isolation.ownUid).toBe(true);
    expect(foreseen).toEqual({ isolation });
    expect(await bench.text(outcome.stdout.digest)).toBe('0000000000000000\n');
  });

  it('lets a step change its inputs, which is found', async () => {
    const main = `const fs = require('fs'); fs.chmodSync('inputs/raw', 0o666); fs.appendFileSync('inputs/raw', ' ');`;
    const inputs = [{ path: 'raw', bytes: Buffer.from('1') }];
    expect((await run('changing', main, { inputs })).outcome).toMatchObject({
      failure: { class: 'input-changed', message: expect.stringContaining('inputs/raw') },
    });
  });

  it('leaves no process behind that went out of the step’s control group', async () => {
    const main = `const { spawn } = require('child_process');
      const out = "for f in $(find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs); do echo $$ > $f; done 2>/dev/null; echo $$; exec /bin/sleep 1000";
      const child = spawn('/bin/sh', ['-c', out], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
      child.stdout.once('data', (pid) => { process.stdout.write(pid); process.exit(0); });`;
    const { outcome } = await run('leaving', main);
    expect(outcome).toMatchObject({ status: 'completed' });
    const pid = Number(await bench.text(outcome.stdout.digest));
    expect(pid).toBeGreaterThan(1);
    expect(isGone(processInfo(pid))).toBe(true);
    expect(await bench.traces([])).toEqual([]);
  });
});

it('lets a step run by a Node that only root may read', async () => {
  const bench = await openBench('process');
  const nodePath = join(dir, 'node-of-root');
  await copyFile(process.execPath, nodePath);
  await chmod(nodePath, 0o700);
  const { digest } = await nodeEnvironment(nodePath);
  const spec = await bench.spec({ 'main.cjs': '' }, { environment: { kind: 'node', nodePath, digest } });
  expect(await bench.sandbox.runStep(spec)).toMatchObject({
    status: 'completed',
    isolation: { ownUid: process.getuid?.() !== 0 },
  });
  await bench.close();
});

const python = systemPython();
if (python === undefined)
  process.stderr.write('sandbox: Python steps NOT tested: no /usr/bin/python3 with venv\n');

(python === undefined ? describe.skip : describe).each(await testedLevels())(
  'a Python step at level %s',
  (level) => {
    it('runs in its venv, and not once a package changed', async () => {
      const venvDir = join(dir, `venv-${level}`);
      execFileSync(python as string, ['-m', 'venv', '--without-pip', venvDir]);
      const { version } = await hostPythonEnvironment(venvDir);
      const module = join(venvDir, 'lib', `python${version}`, 'site-packages', 'nice.py');
      await writeFile(module, 'answer = 42\n');
      const { interpreter, packages } = await hostPythonEnvironment(venvDir);
      const environment: EnvironmentSpec = { kind: 'host-python', venvDir, interpreter, packages };
      const bench = await openBench(level);
      const spec = await bench.spec(
        {
          'main.py':
            'import nice, sys, os, multiprocessing\nmultiprocessing.Lock()\nprint(nice.answer, sys.prefix, hash("x"))',
        },
        { environment, argv: ['python', 'main.py'] },
      );
      const outcomes = [await bench.sandbox.runStep(spec), await bench.sandbox.runStep(spec)];
      expect(outcomes.map(({ status }) => status)).toEqual(['completed', 'completed']);
      expect(await bench.text(outcomes[0]!.stdout.digest)).toContain(`42 ${venvDir} `);
      expect(outcomes[0]!.stdout.digest).toBe(outcomes[1]!.stdout.digest);

      await appendFile(module, 'answer = 43\n');
      expect(await bench.sandbox.runStep(spec)).toMatchObject({
        failure: { class: 'environment-mismatch', message: expect.stringContaining('installed packages') },
      });
      await bench.close();
    });
  },
);

describe('a fingerprint', () => {
  it('is the same twice, and its parts have digests of their own', async () => {
    const { digest } = await nodeEnvironment(process.execPath);
    const environment: EnvironmentSpec = { kind: 'node', nodePath: process.execPath, digest };
    const [one, two] = [await captureFingerprint({ environment }), await captureFingerprint({ environment })];
    expect(two).toEqual(one);
    expect(one.digest).toBe(digestBytes(canonicalBytes(one.document)));
    const sections = one.document['sections'] as Record<string, never>;
    expect(Object.keys(one.sections)).toEqual(Object.keys(sections));
    for (const [name, section] of Object.entries(sections))
      expect(one.sections[name as 'os']).toBe(digestValue(section));
    expect(one.document).toMatchObject({
      sections: { runtime: { kind: 'node', digest, versions: { node: process.versions.node } } },
    });
  });
});
