import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root, rooms, textOf } from './tree.js';

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const manifest = JSON.parse(textOf('package.json')) as Manifest;
const readmeOf = (room: string): string => `${room}/README.md`;
const hasReadme = (room: string): boolean => existsSync(join(root, readmeOf(room)));

describe('rooms', () => {
  it('each explain themselves', () => {
    expect(rooms().filter((room) => !hasReadme(room))).toEqual([]);
  });

  it('name every npm package they use, with the reason', () => {
    const readmes = rooms()
      .filter(hasReadme)
      .map((room) => textOf(readmeOf(room)));
    const packages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      (name) => !name.startsWith('@types/'),
    );
    const named = (name: string): boolean => readmes.some((text) => text.includes(`\`${name}\``));
    expect(packages.filter((name) => !named(name))).toEqual([]);
  });

  it('pin every npm package to one version', () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(ranges.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('lock packages by content, not by the place they came from', () => {
    expect(textOf('package-lock.json')).not.toContain('"resolved"');
  });
});
