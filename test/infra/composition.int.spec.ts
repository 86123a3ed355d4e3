import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { root, textOf } from '../architecture/tree.js';
import { complaints, serviceNames } from './settings.js';
import { run, toolMs, toolPath } from './tools.js';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly { readonly host_ip?: string; readonly published: string }[];
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly { readonly type: string; readonly source: string }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly read_only?: boolean;
  readonly user?: string;
  readonly cap_drop?: readonly string[];
}
interface Composition {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const required = {
  HOLDFAST_MONGODB_PASSWORD: 'word',
  HOLDFAST_S3_ACCESS_KEY: 'key',
  HOLDFAST_S3_SECRET_KEY: 'secret-key',
  HOLDFAST_SIGNING_KEY_PEM: 'pem',
};
/** As an environment with the required variables would make it. */
const filled = (text: string): string =>
  text.replaceAll(
    /(?<!\$)\$\{(\w+):[-?]([^}]*)\}/g,
    (_, name: string, otherwise: string) => required[name as keyof typeof required] ?? otherwise,
  );
const engines = ['eventstoredb', 'kafka', 'mongodb', 's3'];

describe('the composition', () => {
  let tool: string;
  let composition: Composition;
  beforeAll(async () => {
    tool = await toolPath('compose-spec');
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-compose-'));
    try {
      await writeFile(join(folder, 'compose.yaml'), filled(textOf('infra/compose.yaml')));
      composition = JSON.parse(await run(tool, ['-format', 'json', 'compose.yaml'], folder)) as Composition;
    } finally {
      await rm(folder, { recursive: true });
    }
  }, toolMs);
  const services = () => Object.entries(composition.services);

  it('is one to those who wrote the specification, and has all that the house needs', () => {
    const expected = [...engines, 'bucket', 'router', ...serviceNames].sort();
    expect(Object.keys(composition.services).sort()).toEqual(expected);
  });

  it('has no default for anything secret', async () => {
    // The tool on its own sees no environment.
    const refused = await run(tool, ['infra/compose.yaml'], root).then(
      () => '',
      ({ message }: Error) => message,
    );
    const missing = [...refused.matchAll(/required variable (\w+) is missing a value: set /g)].map(
      ([, name]) => name,
    );
    expect([...new Set(missing)].sort()).toEqual(Object.keys(required).sort());
    for (const [, { environment = {} }] of services())
      for (const [name, value] of Object.entries(environment))
        if (/PASSWORD|SECRET|KEY|USER/.test(name) && value !== 'holdfast' && !value.startsWith('env:'))
          expect(Object.values(required)).toContain(value);
  });

  it('waits for what is healthy, and asks everything whether it is', () => {
    for (const [name, { healthcheck, depends_on: needs = {} }] of services()) {
      if (name !== 'bucket') expect(healthcheck?.test.length).toBeGreaterThan(1);
      for (const [needed, { condition }] of Object.entries(needs))
        expect(condition).toBe(needed === 'bucket' ? 'service_completed_successfully' : 'service_healthy');
    }
    for (const name of serviceNames)
      expect(Object.keys(composition.services[name]!.depends_on ?? {})).toEqual(
        expect.arrayContaining(['eventstoredb', 'kafka', 'mongodb', 'bucket']),
      );
  });

  it('keeps what engines write, and lets services write nothing but scratch', () => {
    for (const name of engines) {
      const kept = composition.services[name]!.volumes ?? [];
      expect(kept.filter(({ type }) => type === 'volume').length).toBeGreaterThan(0);
      for (const { source } of kept) expect(Object.keys(composition.volumes)).toContain(source);
    }
    for (const name of [...serviceNames, 'router']) {
      const { read_only: readOnly, user, cap_drop: dropped } = composition.services[name]!;
      expect({ readOnly, dropped }).toEqual({ readOnly: true, dropped: ['ALL'] });
      expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    }
  });

  it('shows the host one port, on its own address, and the engines to nobody outside', () => {
    expect(composition.networks['engines']?.internal).toBe(true);
    for (const [name, { ports = [], networks }] of services()) {
      if (engines.includes(name)) expect(Object.keys(networks)).toEqual(['engines']);
      expect(ports.map(({ host_ip: ip, published }) => `${ip}:${published}`)).toEqual(
        name === 'router' ? ['127.0.0.1:4653'] : [],
      );
    }
  });

  it('names exact images, by digest where one is known', () => {
    for (const [, { image }] of services()) {
      expect(image).toMatch(/:[\w.-]+(@sha256:[0-9a-f]{64})?$/);
      expect(image).not.toMatch(/:latest/);
    }
  });

  it('tells services what their configuration knows', () => {
    for (const name of serviceNames) {
      const { command, environment = {} } = composition.services[name]!;
      expect(command).toEqual([name]);
      const texts = Object.entries(environment).map(([key, value]) => [key, String(value)]);
      expect(complaints(name, Object.fromEntries(texts))).toEqual([]);
    }
  });
});
