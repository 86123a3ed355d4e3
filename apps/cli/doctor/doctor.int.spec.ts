import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { systemClock, toInstant, type Clock } from '#kernel';
import type { IsolationProbe } from '#sandbox';
import { version } from '../version.js';
import type { ServiceParked } from '../view/parked.js';
import { checkDataFolder } from './check-data-folder.js';
import { checkMachine } from './check-machine.js';
import { sandboxFindings } from './check-sandbox.js';
import { deadLetterFindings, executorFindings, parkedFindings } from './check-server.js';
import type { Finding } from './finding.js';

const levels = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ check, level }) => [check, level]));
const unfixed = (findings: readonly Finding[]) =>
  findings.filter(({ level, fix }) => level !== 'ok' && fix === undefined);

const yes = { available: true } as const;
const no = (why: string) => ({ available: false, why }) as const;
const strong: IsolationProbe = {
  process: yes,
  bubblewrap: { available: true, version: '0.8.0' },
  best: 'bubblewrap',
  unprivilegedUser: yes,
  noNewPrivileges: yes,
  cgroup: { available: true, version: 'v2', controllers: ['pids', 'memory'] },
};

describe('the sandbox', () => {
  it('is well when steps are kept apart', () => {
    expect(sandboxFindings(strong)).toMatchObject([
      { level: 'ok', found: 'level bubblewrap 0.8.0' },
      { level: 'ok', found: 'v2 pids memory' },
      { level: 'ok' },
      { level: 'ok' },
    ]);
  });

  it('is told what to install to make it stronger', () => {
    const findings = sandboxFindings({
      ...strong,
      bubblewrap: no('bwrap is not installed'),
      best: 'process',
      unprivilegedUser: no('only root can'),
      noNewPrivileges: no('setpriv is not installed'),
      cgroup: { ...no('not this user'), controllers: [] },
    });
    expect(findings.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn', 'warn']);
    expect(findings[0]?.fix).toContain('apt-get install bubblewrap');
    expect(unfixed(findings)).toEqual([]);
  });

  it('fails where no step can run at all', () => {
    const findings = sandboxFindings({ ...strong, process: no('steps need Linux'), best: null });
    expect(findings).toMatchObject([{ level: 'fail', fix: 'steps need Linux' }]);
  });
});

describe('executors', () => {
  const executor = { id: 'e1', mode: 'active', slots: 2, isolation: ['bubblewrap'], release: version };

  it('are well when one takes runs', () => {
    expect(executorFindings([executor, { ...executor, id: 'e2', mode: 'left' }])).toMatchObject([
      { level: 'ok', found: '1 executor, 2 slots, isolation bubblewrap' },
    ]);
  });

  it('are a finding when none does, one is silent or of another release', () => {
    const silent = { ...executor, id: 'e3', mode: 'silent' };
    expect(executorFindings([executor, silent])).toMatchObject([{ level: 'ok' }, { level: 'warn' }]);
    expect(executorFindings([executor, silent], true)).toMatchObject([{ level: 'ok' }]);
    expect(executorFindings([])).toMatchObject([{ level: 'warn', fix: 'start one' }]);
    expect(executorFindings([{ ...executor, mode: 'cordoned' }])).toMatchObject([
      { level: 'warn', fix: expect.stringContaining('uncordon') },
    ]);
    const findings = executorFindings([
      { ...executor, release: '0.0.1' },
      { ...executor, id: 'e2', mode: 'silent' },
    ]);
    expect(findings.map(({ level }) => level)).toEqual(['ok', 'warn', 'warn']);
    expect(unfixed(findings)).toEqual([]);
  });
});

describe('events that were put aside', () => {
  const parked: ServiceParked = {
    ...{ reactor: 'seal-bundles', stream: 'run-1', revision: 7, eventId: 'e1', type: 'RunCompleted' },
    ...{ service: 'provenance', reason: 'BLOB_NOT_FOUND: gone', parkedAt: undefined },
  };

  it('are one finding for each reactor and reason, with the way out', () => {
    expect(parkedFindings([])).toEqual([]);
    const findings = parkedFindings([
      parked,
      { ...parked, stream: 'run-2' },
      { ...parked, service: 'auditor' },
    ]);
    expect(findings.map(({ found }) => found)).toEqual([
      '2 events put aside by provenance/seal-bundles: BLOB_NOT_FOUND: gone (first: RunCompleted of run-1)',
      '1 event put aside by auditor/seal-bundles: BLOB_NOT_FOUND: gone (first: RunCompleted of run-1)',
    ]);
    for (const { level, fix } of findings)
      expect([level, fix]).toEqual(['warn', expect.stringContaining('--retry-parked')]);
  });
});

describe('dead letters', () => {
  it('are a finding for each topic, with the command that sends them again', () => {
    expect(deadLetterFindings([])).toEqual([]);
    const letters = { topic: 'holdfast.wake-ups.v1', messages: 2, newestReason: 'not JSON' };
    expect(deadLetterFindings([letters, { ...letters, newestReason: undefined }])).toMatchObject([
      {
        level: 'warn',
        found: '2 messages of holdfast.wake-ups.v1 could not be taken; the newest because: not JSON',
        fix: expect.stringContaining('holdfast dead-letters replay holdfast.wake-ups.v1'),
      },
      { found: '2 messages of holdfast.wake-ups.v1 could not be taken' },
    ]);
  });
});

describe('the machine', () => {
  it('is looked at for what experiments need', async () => {
    expect(levels(await checkMachine({ PATH: '/nowhere' }))).toMatchObject({ python: 'warn', git: 'warn' });
    expect(levels(await checkMachine({ PATH: process.env['PATH'] }))).toMatchObject({ node: 'ok' });
  });

  it('has a folder that can be written, with a clock that agrees', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-doctor-'));
    try {
      const below = join(dir, 'not', 'yet');
      expect(levels(await checkDataFolder(below, systemClock))).toMatchObject({
        'data folder': 'ok',
        clock: 'ok',
      });
      const past: Clock = { ...systemClock, now: () => toInstant(0) };
      expect(levels(await checkDataFolder(dir, past))).toMatchObject({ clock: 'warn' });
      const future: Clock = { ...systemClock, now: () => toInstant(4e12) };
      expect(levels(await checkDataFolder(dir, future))).toMatchObject({ clock: 'warn' });
      await chmod(dir, 0o555);
      const readOnly = process.getuid?.() === 0 ? '/proc' : dir;
      const findings = await checkDataFolder(readOnly, systemClock);
      expect(levels(findings)).toMatchObject({ 'data folder': 'fail' });
      expect(unfixed(findings)).toEqual([]);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
