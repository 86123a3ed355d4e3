import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { inChild } from './in-child.js';
import { inRoot } from './root.js';

interface Server {
  readonly name: string;
}
interface Told {
  readonly check: { readonly status: number; readonly output: string };
  readonly told: readonly string[];
  readonly withoutServer: readonly string[];
}

const { neededBy } = (await import(inRoot('infra/servers/needs.mjs'))) as {
  neededBy(specs: readonly string[]): readonly Server[];
};
const dir = mkdtempSync(join(tmpdir(), 'holdfast-needs-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fileOf(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
}

/** As `npm test` would begin with these specs on a host with such an environment. */
async function begun(specs: readonly string[], env: Readonly<Record<string, string>>): Promise<Told> {
  const child = inChild(
    `import { withServers } from ${JSON.stringify(inRoot('infra/scripts/test-servers.mjs'))};
     const begun = await withServers(${JSON.stringify(specs)});
     console.log(JSON.stringify({ ...begun, told: await begun.told }));`,
    env,
  );
  try {
    return JSON.parse(await child.line()) as Told;
  } finally {
    await child.kill();
  }
}

describe('what a spec needs', () => {
  it('is what it names, or a file of its own that it imports', () => {
    fileOf('broker.js', `export const broker = process.env['HOLDFAST_TEST_KAFKA'];`);
    const direct = fileOf('a.spec.js', `sharedServer('mongodb')`);
    const through = fileOf('b.spec.js', `import { broker } from './broker.js';`);
    const none = fileOf('c.spec.js', `sharedServer('nothing')`);
    expect(neededBy([direct, none, through]).map(({ name }) => name)).toEqual(['kafka', 'mongodb']);
    expect(neededBy([none])).toEqual([]);
  });
});

describe('a test run', () => {
  const spec = 'dist/test/contract/kafka.int.spec.js';
  /** Nothing there to start a server with, nor to install it. */
  const bare = { PATH: dir, HOLDFAST_TEST_KAFKA: '' };

  it('names the server that cannot be had, why, and every spec that is not run without it', async () => {
    const { check, told, withoutServer } = await begun([spec], bare);
    expect(check.status).toBe(1);
    expect(check.output).toMatch(/^no kafka: .*there is no javac \(apt-get install default-jdk-headless\)/);
    expect(check.output).toContain(`NOT TESTED: ${spec.replace('dist/', '')}`);
    expect(told).toEqual([expect.stringMatching(/^missing     kafka         .*there is no javac/)]);
    expect(withoutServer).toEqual([inRoot(spec)]);
  });

  it('takes the server that was named for it, and says so', async () => {
    const { check, told, withoutServer } = await begun([spec], {
      ...bare,
      HOLDFAST_TEST_KAFKA: 'broker.example:9092',
    });
    expect([check.status, withoutServer]).toEqual([0, []]);
    expect(told).toEqual(['given       kafka         what HOLDFAST_TEST_KAFKA names']);
  });
});
