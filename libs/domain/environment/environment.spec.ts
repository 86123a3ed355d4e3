import { describe, expect, it } from '@jest/globals';
import { fold, type Digest, type Instant } from '#kernel';
import {
  checkEnvironment,
  environment,
  hostPythonDigest,
  parseEnvironment,
  pinnedEnvironment,
  type EnvironmentCommand,
  type EnvironmentDeclaration,
  type EnvironmentEvent,
} from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const node: EnvironmentDeclaration = {
  environment: 'node-26',
  architecture: 'x64',
  kind: 'node',
  digest: digest('a'),
};
const parts = { interpreter: digest('1'), packages: digest('2'), lock: digest('3') };
const python: EnvironmentDeclaration = {
  environment: 'species-host',
  architecture: 'x64',
  kind: 'host-python',
  digest: hostPythonDigest(parts),
  ...parts,
};
const register = (declaration: EnvironmentDeclaration): EnvironmentCommand => ({
  type: 'RegisterEnvironment',
  namespace: 'default',
  declaration,
  at,
});
const given = (...commands: EnvironmentCommand[]): EnvironmentEvent[] => {
  const events: EnvironmentEvent[] = [];
  for (const command of commands) events.push(...environment.decide(command, fold(environment, events)));
  return events;
};
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('environment', () => {
  it('counts a new digest as a new version and the same one as nothing', () => {
    const events = given(
      register(node),
      register(node),
      register({ ...node, digest: digest('b') } as EnvironmentDeclaration),
    );
    expect(events.map(({ type, number }) => [type, number])).toEqual([
      ['EnvironmentRegistered', 1],
      ['EnvironmentRegistered', 2],
    ]);
  });

  it('describes a version further without making a new one', () => {
    const moved = { ...python, location: '/srv/venvs/species' } as EnvironmentDeclaration;
    const events = given(register(python), register(moved));
    expect(events[1]).toMatchObject({ type: 'EnvironmentDescribed', number: 1 });
    expect(fold(environment, events)).toEqual({
      status: 'registered',
      namespace: 'default',
      versions: [moved],
    });
  });

  it('refuses another name in its stream', () => {
    expect(() => given(register(node), register({ ...node, environment: 'node-27' }))).toThrow(
      code('ENVIRONMENT_RENAMED'),
    );
  });

  it('lets nothing but digests reach a step', () => {
    expect(pinnedEnvironment({ ...python, location: '/srv' } as EnvironmentDeclaration)).toEqual({
      kind: 'host-python',
      digest: python.digest,
      ...parts,
    });
  });
});

describe('an environment declaration', () => {
  it('must hold the digest of its own parts', () => {
    expect(checkEnvironment({ ...python, digest: digest('f') }).problems).toMatchObject([
      { code: 'ENVIRONMENT_DIGEST_WRONG', fix: `write ${python.digest}` },
    ]);
  });

  it('reports every problem at once', () => {
    const { problems } = checkEnvironment({
      kind: 'image',
      environment: 'Py',
      architecture: 'x46',
      image: 'python:3',
      digst: 1,
    });
    expect(problems.map((problem) => [problem.code, problem.field])).toEqual([
      ['NAME_INVALID', 'environment'],
      ['VALUE_UNKNOWN', 'architecture'],
      ['KEY_MISSING', 'digest'],
      ['KEY_UNKNOWN', 'digst'],
    ]);
    expect(() => parseEnvironment('{"kind":"tag"}')).toThrow(code('ENVIRONMENT_INVALID'));
  });
});
