import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { entriesOf, filesUnder } from './tree.js';

const topLevel = new Set([
  ...['package.json', 'package-lock.json', 'README.md', 'LICENSE'],
  ...['apps', 'libs', 'proto', 'infra', 'test', 'examples'],
  // Configuration that its tool insists on finding here.
  ...['nest-cli.json', 'tsconfig.json', 'jest.config.mjs', 'eslint.config.mjs', 'buf.yaml', 'buf.gen.yaml'],
]);

/** Names that say nothing about what is inside. */
const saysNothing =
  /^(common|shared|utils?|helpers?|core|base|managers?|misc|lib|impl|types|constants|interfaces)$/i;
const nouns = (name: string): readonly string[] => name.split(/[.-]/).filter((part) => part !== '');

const sources = ['apps', 'libs', 'test', 'infra', 'proto', 'examples'].flatMap((folder) =>
  entriesOf('.').some(({ name }) => name === folder) ? filesUnder(folder) : [],
);

describe('names', () => {
  it('keeps the top level to what belongs there', () => {
    const strangers = entriesOf('.')
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('.') && !topLevel.has(name));
    expect(strangers).toEqual([]);
  });

  it('gives no file or folder a name that says nothing', () => {
    const empty = sources.filter((file) =>
      file
        .replace(/holdfast\/common\/v1\/common\.(proto|ts)$/, '')
        .split('/')
        .some((part) => nouns(part.replace(/\.[a-z]+$/, '')).some((noun) => saysNothing.test(noun))),
    );
    expect(empty).toEqual([]);
  });

  it('writes TypeScript file and folder names in kebab case, with role suffixes', () => {
    const odd = sources
      .filter((file) => file.endsWith('.ts') && !file.includes('/generated/'))
      .filter((file) => !file.split('/').every((part) => /^[a-z0-9]+([.-][a-z0-9]+)*$/.test(part)));
    expect(odd).toEqual([]);
  });

  it('names a spec for its cost', () => {
    const odd = sources
      .map((file) => basename(file))
      .filter(
        (name) =>
          /\.(test|e2e-spec|integration)\.ts$/.test(name) || /^(?!.*\.spec\.ts$).*spec\.ts$/.test(name),
      );
    expect(odd).toEqual([]);
  });
});
