/** Runs what was built, so that the workers and child processes a test starts are the shipped files. */
export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/dist'],
  testMatch: ['<rootDir>/dist/**/*.spec.js'],
  testEnvironment: 'node',
  testRunner: '<rootDir>/infra/jest/runner.mjs',
  globalSetup: '<rootDir>/infra/jest/start-servers.mjs',
  testSequencer: '<rootDir>/infra/jest/sequencer.mjs',
  transform: {},
  cacheDirectory: '<rootDir>/.cache/jest',
  // More than there are processors: many specs wait for servers that are away, for leases and for processes that start. One more where no check works beside them (`infra/scripts/test.mjs`).
  maxWorkers: 3,
  // An end for what hangs, with room for a machine that is twenty times slower.
  testTimeout: 300_000,
};
