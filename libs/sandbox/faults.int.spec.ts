import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#kernel';
import type { StepOutcome, StepSpec } from './index.js';
import { limits, openBench, testedLevels, type StepBench } from './testing/step-bench.js';

const asRoot = process.getuid?.() === 0;

/** A clock on which one time is over when it is told to be, and every other by itself. */
function clockWith(timeoutMs: number) {
  let over = () => {};
  const clock: typeof systemClock = {
    ...systemClock,
    after(ms, action) {
      if (ms !== timeoutMs) return systemClock.after(ms, action);
      over = action;
      return () => (over = () => {});
    },
  };
  return { clock, endTime: () => over() };
}

describe.each(await testedLevels())('a hostile step at level %s', (level) => {
  let bench: StepBench;
  const uids: number[] = [];
  const run = async (
    main: string,
    over: Partial<StepSpec> = {},
    signal?: AbortSignal,
  ): Promise<StepOutcome> => {
    const spec = await bench.spec({ 'main.cjs': main, 'main.sh': `#!/bin/sh\n${main}\n` }, over);
    const outcome = await bench.sandbox.runStep(spec, signal ? { signal } : {});
    uids.push(outcome.isolation.uid);
    return outcome;
  };
  const failure = (name: string, message: unknown = expect.any(String)) => ({
    status: 'failed',
    failure: { class: name, message },
  });
  const sh = { argv: ['./main.sh'] };

  beforeAll(async () => {
    bench = await openBench(level, 1_000);
  });
  afterEach(async () => expect(await bench.traces(uids)).toEqual([]));
  afterAll(() => bench.close());

  it('bounds a fork bomb', async () => {
    // A control group tells as soon as there are too many; without one they cannot be more, and go on for as long as they may.
    const counted = bench.sandbox.probe.cgroup.available;
    const outcome = await run('b() { b | b & b; }; b', {
      ...sh,
      limits: counted ? limits : { ...limits, timeoutMs: 1_000 },
    });
    if (counted) expect(outcome).toMatchObject(failure('process-limit'));
    else expect(outcome.status).toBe('failed');
  });

  it('stops one that fills the disk with files, and with one file', async () => {
    const small = { limits: { ...limits, diskBytes: 8 * 2 ** 20 } };
    const many = `const fs = require('fs'); const mb = Buffer.alloc(2 ** 20, 1);
      for (let i = 0; ; i++) fs.writeFileSync(process.env[i % 2 ? 'TMPDIR' : 'HOLDFAST_OUTPUTS'] + '/' + (i % 500), mb);`;
    expect(await run(many, small)).toMatchObject(failure('disk-limit'));
    const one = `const fs = require('fs'); const f = fs.openSync(process.env.HOLDFAST_OUTPUTS + '/big', 'w');
      for (;;) fs.writeSync(f, Buffer.alloc(2 ** 20, 1));`;
    expect(await run(one, small)).toMatchObject(failure('disk-limit'));
  });

  it('drains hundreds of megabytes on stdout and keeps the beginning', async () => {
    const totalBytes = 150_000_000;
    const outcome = await run(`/usr/bin/head -c ${totalBytes} /dev/zero`, {
      ...sh,
      limits: { ...limits, logBytes: 1000 },
    });
    expect(outcome).toMatchObject({
      status: 'completed',
      stdout: { sizeBytes: 1000, totalBytes, truncated: true },
      stderr: { sizeBytes: 0, truncated: false },
    });
  });

  it('ends one that ignores SIGTERM, and gives one that does not the time to tidy up', async () => {
    // Its time is over when it has said what it does with SIGTERM.
    const { clock, endTime } = clockWith(limits.timeoutMs);
    const ended = async (graceMs: number, main: string) => {
      const own = await openBench(level, graceMs, clock);
      const spec = await own.spec({ 'main.sh': `#!/bin/sh\n${main}\n` }, sh);
      const outcome = await own.sandbox.runStep(spec, { onOutput: endTime });
      expect(outcome).toMatchObject(failure('timeout'));
      expect(await own.traces([outcome.isolation.uid])).toEqual([]);
      const said = await own.text(outcome.stdout.digest);
      await own.close();
      return said;
    };
    expect(await ended(100, "trap '' TERM; echo deaf; while :; do /bin/sleep 1; done")).toBe('deaf\n');
    const polite = "trap 'echo bye; exit 0' TERM; echo polite; /bin/sleep 1000 & wait";
    expect(await ended(100_000, polite)).toBe('polite\nbye\n');
  });

  it('ends children that are left behind, in a session of their own and holding stdout', async () => {
    const outcome = await run(`const { spawn } = require('child_process');
      spawn('/bin/sh', ['-c', '/bin/sleep 1000 & /bin/sleep 1000'], { detached: true, stdio: 'inherit' }).unref();`);
    expect(outcome).toMatchObject({ status: 'completed', exitCode: 0 });
  });

  it('finds or prevents writes outside the folder', async () => {
    const path = join('/var/tmp', `holdfast-stray-${process.pid}-${level}`);
    const outcome = await run(`require('fs').writeFileSync(${JSON.stringify(path)}, 'x')`);
    if (level === 'bubblewrap') expect(outcome).toMatchObject(failure('command-failed'));
    else if (asRoot) expect(outcome).toMatchObject(failure('wrote-outside', expect.stringContaining(path)));
    else rmSync(path);
    expect(existsSync(path)).toBe(false);
    const beside = await run(`require('fs').writeFileSync('new.txt', 'x')`);
    expect(beside).toMatchObject(failure('command-failed'));
  });

  it('finds or prevents changes of inputs and code', async () => {
    const outcome = await run(
      `const fs = require('fs');
      const attempt = (act) => { try { act(); } catch {} };
      for (const path of ['inputs/raw', 'main.cjs', 'params.json']) {
        attempt(() => fs.chmodSync(path, 0o666));
        attempt(() => fs.appendFileSync(path, ' '));
        attempt(() => fs.renameSync(path, path + '.moved'));
      }`,
      { inputs: [{ path: 'raw', bytes: Buffer.from('1') }] },
    );
    if (outcome.isolation.ownUid && level === 'process')
      expect(outcome).toMatchObject(failure('input-changed', expect.stringContaining('inputs/raw')));
    else expect(outcome).toMatchObject({ status: 'completed' });
  });

  it('names the signal that ended it', async () => {
    const outcome = await run(`process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000);`);
    expect(outcome).toMatchObject({ ...failure('signalled', 'ended by SIGSEGV'), signal: 'SIGSEGV' });
    expect(await run('process.exit(7)')).toMatchObject({ ...failure('command-failed'), exitCode: 7 });
  });

  it('ends one that takes more memory than it may', async () => {
    // So slowly that whoever only looks now and then sees it before the host has no more.
    const outcome = await run(`const all = []; setInterval(() => all.push(Buffer.alloc(2 ** 23, 1)), 10);`, {
      limits: { ...limits, memoryBytes: 128 * 2 ** 20 },
    });
    expect(outcome).toMatchObject(failure('out-of-memory'));
  });

  it('is cancelled before, and while it runs', async () => {
    expect(await run('', {}, AbortSignal.abort())).toMatchObject(failure('cancelled'));
    const spec = await bench.spec({ 'main.cjs': `console.log('here'); setInterval(() => {}, 1000);` });
    const abort = new AbortController();
    const outcome = await bench.sandbox.runStep(spec, {
      signal: abort.signal,
      onOutput: () => abort.abort(),
    });
    expect(outcome).toMatchObject(failure('cancelled'));
  });

  it('cannot reach the network or the server’s data where the level isolates', async () => {
    const secret = join(bench.dir, 'artifacts');
    const outcome = await run(`const net = require('os').networkInterfaces();
      const addresses = Object.values(net).flat().filter((one) => !one.internal).length;
      console.log(addresses, require('fs').existsSync(${JSON.stringify(secret)}));`);
    if (level === 'bubblewrap') expect(await bench.text(outcome.stdout.digest)).toBe('0 false\n');
    expect(outcome.isolation).toMatchObject({ level, isolated: level === 'bubblewrap' });
    expect(outcome.isolation.network).toBe(level === 'bubblewrap' ? 'none' : 'not-restricted');
  });

  it('removes what cannot be removed by path', async () => {
    const outcome = await run(`const fs = require('fs');
      process.chdir('outputs');
      for (let i = 0; i < 120; i++) { fs.mkdirSync('d'.repeat(200)); process.chdir('d'.repeat(200)); }
      fs.writeFileSync('x', ''); process.exitCode = 0;`);
    expect(outcome).toMatchObject(
      failure('output-invalid', expect.stringContaining('longer than 1,024 bytes')),
    );
  });
});
