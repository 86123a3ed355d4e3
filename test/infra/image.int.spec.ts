import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DockerfileParser, type Copy, type Instruction } from 'dockerfile-ast';
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { executor } from '#contracts';
import { filesUnder, root, textOf } from '../architecture/tree.js';
import { serviceNames } from './settings.js';

const file = DockerfileParser.parse(textOf('infra/docker/Dockerfile'));
const stages = (() => {
  const found: Instruction[][] = [];
  for (const instruction of file.getInstructions()) {
    if (instruction.getKeyword() === 'FROM') found.push([]);
    found.at(-1)?.push(instruction);
  }
  return found;
})();
const last = stages.at(-1) as Instruction[];
const argumentsOf = (stage: readonly Instruction[], keyword: string): string[] =>
  stage.filter((one) => one.getKeyword() === keyword).map((one) => one.getRawArgumentsContent() ?? '');
const entry = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(root, 'infra/docker/entry.mjs'), ...args], { encoding: 'utf8' });

describe('the image', () => {
  it('begins from one exact image, which a digest can replace, and takes no tools along', () => {
    expect(
      argumentsOf(file.getInstructions(), 'FROM').every((from) => from.startsWith('${NODE_IMAGE} AS ')),
    ).toBe(true);
    expect(textOf('infra/docker/Dockerfile')).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-[a-z]+-slim$/m);
    expect(stages).toHaveLength(3);
    expect(argumentsOf(last, 'RUN').join()).not.toMatch(/npm|curl|wget/);
    const nodeOf = /node:([\d.]+)/.exec(textOf('infra/docker/Dockerfile'))?.[1];
    expect((JSON.parse(textOf('package.json')) as Manifest).dependencies['node']).toBe(nodeOf);
  });

  it('runs as nobody in particular, and starts one program by its name', () => {
    expect(argumentsOf(last, 'USER')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
    const [started] = argumentsOf(last, 'ENTRYPOINT');
    expect(JSON.parse(started ?? '')).toEqual([
      'node',
      '--enable-source-maps',
      '/srv/holdfast/infra/docker/entry.mjs',
    ]);
    expect(argumentsOf(last, 'CMD')).toEqual([]);
  });

  it('copies what is there, and what reaches the build', () => {
    const allowed = textOf('infra/docker/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const path of allowed) expect(existsSync(join(root, path))).toBe(true);
    for (const copy of stages.flat().filter((one) => one.getKeyword() === 'COPY') as Copy[]) {
      if (copy.getFlags().some((flag) => flag.getName() === 'from')) continue;
      const sources = copy.getArguments().slice(0, -1);
      for (const source of sources.map((one) => one.getValue()).filter((path) => path !== '.'))
        expect(allowed.some((path) => source === path || source.startsWith(`${path}/`))).toBe(true);
    }
  });

  it('needs no package that is for development', () => {
    const { dependencies } = JSON.parse(textOf('package.json')) as Manifest;
    const needed = new Set<string>();
    for (const path of [...filesUnder('apps'), ...filesUnder('libs')]) {
      if (!path.endsWith('.ts') || /\.spec\.ts$|\.d\.ts$|\/testing\//.test(path)) continue;
      for (const [, name = ''] of textOf(path).matchAll(
        /^(?:import|export) (?!type )[^;]*?from '((?:@[^/']+\/)?[^./'#@][^/']*)/gm,
      ))
        if (!name.startsWith('node:')) needed.add(name);
    }
    expect(needed.size).toBeGreaterThan(10);
    expect([...needed].filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
  });

  it.each([...serviceNames, 'cli'])('has the program %s', (name) => {
    expect(textOf('infra/docker/entry.mjs')).toContain(`${name}: 'apps/${name}/main.js'`);
    expect(existsSync(join(root, `dist/apps/${name}/main.js`))).toBe(true);
  });

  it('says which programs there are when it is told none, or another', () => {
    for (const args of [[], ['shceduler'], ['toString']]) {
      const { status, stderr } = entry(...args);
      expect([status, stderr]).toEqual([
        2,
        'say which program: registry, scheduler, executor, provenance, auditor, cli\n',
      ]);
    }
  });

  it('drains an executor before its end: until it has nothing left, or for as long as it is told', async () => {
    const asked: string[] = [];
    let left = 2;
    const answer = {
      drain: (call: Unary<executor.DrainRequest>, done: sendUnaryData<executor.DrainResponse>) => {
        asked.push(call.request.reason);
        done(null, { attemptsLeft: left });
      },
      getStatus: (_call: unknown, done: sendUnaryData<executor.GetStatusResponse>) => {
        const attempts = Array.from({ length: left }, () => ({ runId: 'x', epoch: 1 }));
        left = Math.max(0, left - 1);
        asked.push(`has ${attempts.length}`);
        done(null, { executorId: 'x', pool: 'default', slots: 2, draining: true, attempts, isolation: [] });
      },
    };
    const server = new Server();
    server.addService(executor.ExecutorService, answer as unknown as UntypedServiceImplementation);
    const bind = promisify(server.bindAsync.bind(server));
    const port = await bind('127.0.0.1:0', ServerCredentials.createInsecure());
    const drain = async (seconds: string) => {
      asked.length = 0;
      const env = { ...process.env, HOLDFAST_GRPC_HOST: '127.0.0.1', HOLDFAST_GRPC_PORT: String(port) };
      const child = spawn(process.execPath, [join(root, 'infra/docker/drain.mjs'), seconds], {
        env,
        stdio: 'inherit',
      });
      expect(await once(child, 'exit')).toEqual([0, null]);
    };
    await drain('60');
    expect(asked).toEqual(['its container ends', 'has 2', 'has 1', 'has 0']);
    left = 5;
    await drain('0');
    expect(asked).toEqual(['its container ends']);
    server.forceShutdown();
  });

  it('gives the program the rest of its arguments', () => {
    const { status, stdout } = entry('cli', '--version');
    expect([status, stdout.trim()]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  });
});

type Unary<Request> = ServerUnaryCall<Request, unknown>;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}
