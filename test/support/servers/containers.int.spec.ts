import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answers, until } from './answering.js';
import { inChild } from './in-child.js';
import { inRoot } from './root.js';

const image = `example/mongo@sha256:${'0'.repeat(64)}`;
const compose = `services:
  mongodb:
    image: ${image}
`;

/** A container's life at the command of lines of standard input is too much: each step is one word. */
const program = `
import { mongodb } from ${JSON.stringify(inRoot('infra/servers/mongodb/server.mjs'))};
import { dockerAnswers, imageOf, startContainer } from ${JSON.stringify(inRoot('infra/servers/containers.mjs'))};
const say = (word, more = {}) => console.log(JSON.stringify({ word, ...more }));
say('docker', { yes: dockerAnswers(), image: await imageOf('mongodb', process.env.COMPOSE), none: await imageOf('kafka', process.env.COMPOSE) ?? null });
const server = await startContainer(mongodb, await imageOf('mongodb', process.env.COMPOSE));
say('started', { port: server.port, url: server.url });
await server.kill();
say('killed', { answers: await mongodb.answers(server.port) });
await server.restart();
say('restarted', { answers: await mongodb.answers(server.port) });
if (process.env.STOP) await server.stop();
say('over');
setInterval(() => {}, 1e6);
`;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-docker-'));
  const docker = join(home, 'docker');
  const fake = inRoot('dist/test/support/servers/fake-docker.js');
  writeFileSync(docker, `#!/bin/sh\nexec '${process.execPath}' '${fake}' "$@"\n`);
  chmodSync(docker, 0o755);
  writeFileSync(join(home, 'compose.yaml'), compose);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const containers = () => readdirSync(home).filter((name) => name.startsWith('holdfast-server-'));
const calls = () => readFileSync(join(home, 'calls'), 'utf8').trim().split('\n');

function life(env: Readonly<Record<string, string>> = {}) {
  const path = [home, process.env['PATH']].join(delimiter);
  const compose = join(home, 'compose.yaml');
  const child = inChild(program, { ...env, PATH: path, FAKE_DOCKER_HOME: home, COMPOSE: compose });
  const said = async () => JSON.parse(await child.line()) as Record<string, unknown>;
  return { said, kill: child.kill };
}

describe('a server from an image, where a Docker engine answers', () => {
  it('is the image of compose.yaml, killed and restarted as a process would be, and removed', async () => {
    const { said, kill } = life({ STOP: '1' });
    try {
      expect(await said()).toEqual({ word: 'docker', yes: true, image, none: null });
      const { port, url } = await said();
      expect(url).toBe(`mongodb://127.0.0.1:${port as number}`);
      expect(await said()).toEqual({ word: 'killed', answers: false });
      expect(await said()).toEqual({ word: 'restarted', answers: true });
      expect(await said()).toEqual({ word: 'over' });
      expect(containers()).toEqual([]);
      const run = calls().find((call) => call.startsWith('run ')) ?? '';
      expect(run).toContain(`-p 127.0.0.1:${port as number}:27017`);
      expect(run).toContain(image);
    } finally {
      await kill();
    }
  });

  it('is removed when whoever started it was killed', async () => {
    const { said, kill } = life();
    await said();
    const { port } = await said();
    for (let word: unknown; word !== 'over';) ({ word } = await said());
    expect(containers()).toHaveLength(1);
    await kill();
    await until(() => existsSync(home) && containers().length === 0);
    expect(await answers(port as number)).toBe(false);
  });
});

describe('infra/compose.yaml', () => {
  it('has an image for each server of the tests', async () => {
    const { servers } = (await import(inRoot('infra/servers/index.mjs'))) as {
      servers: Readonly<Record<string, { readonly container: { readonly service: string } }>>;
    };
    const { imageOf } = (await import(inRoot('infra/servers/containers.mjs'))) as {
      imageOf(service: string): Promise<string | undefined>;
    };
    const services = Object.values(servers).map(({ container }) => container.service);
    expect(services).toHaveLength(4);
    for (const service of services) expect(await imageOf(service)).toMatch(/^[a-z0-9./-]+:[\w.-]+/);
  });
});
