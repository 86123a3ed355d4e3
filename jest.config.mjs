import { spawnSync } from 'node:child_process';
import vm from 'node:vm';

// Jest loads ES modules through node:vm, which needs this flag; so `npx jest` works without wrappers.
if (vm.SourceTextModule === undefined) {
  const rerun = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', ...process.argv.slice(1)],
    { stdio: 'inherit' },
  );
  process.exit(rerun.status ?? 1);
}

/** Runs what was built, so that the workers and child processes a test starts are the shipped files. */
export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/dist'],
  testMatch: ['<rootDir>/dist/**/*.spec.js'],
  testEnvironment: 'node',
  transform: {},
  cacheDirectory: '<rootDir>/.cache/jest',
  maxWorkers: 2,
  // An end for what hangs, with room for a busy machine.
  testTimeout: 60_000,
};
