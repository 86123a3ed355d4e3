// Jest's own test runner, but a spec is loaded as Node loads any module: what one spec has loaded, the next one in the same
// worker has too. Jest would load and compile all of it anew for each spec, in a context of its own.
import { createRequire, enableCompileCache, flushCompileCache, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { SourceMapSupport } from '@jest/source-map';
import jestCircus from 'jest-circus/runner';
import { use } from './globals.mjs';

const require = createRequire(import.meta.url);
const globals = new URL('./globals.mjs', import.meta.url).href;
// Of one test run for the next, and for the workers of one that begin later.
enableCompileCache(new URL('../../.cache/compiled', import.meta.url).pathname);
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals' ? { url: globals, shortCircuit: true } : next(specifier, context),
});

/** In place of what Jest's runtime does to load a module. */
const loading = {
  /** The framework keeps the tests of one spec, so each spec has its own. */
  requireInternalModule(path) {
    globalThis[Symbol.for('EVENT_HANDLERS')] = undefined;
    delete require.cache[path];
    return require(path);
  },
  setGlobalsForRuntime: use,
  unstable_shouldLoadAsEsm: () => true,
  unstable_importModule: (path) => import(pathToFileURL(path).href),
};

/** Jest has asked for 100. Each call of gRPC, MongoDB or S3 takes its caller's stack with it, in case it fails. */
const framesOfErrors = 20;
/** Reads the map of a file once. What Jest has installed reads it again for each spec in which an error tells its stack. */
const stacks = new SourceMapSupport();

export default async (globalConfig, config, environment, runtime, ...rest) => {
  Error.stackTraceLimit = framesOfErrors;
  stacks.install(null);
  const native = Object.assign(Object.create(runtime), loading);
  try {
    return await jestCircus.default(globalConfig, config, environment, native, ...rest);
  } finally {
    // Else a worker writes all of it when it ends, for which Jest gives it half a second, and kills it.
    flushCompileCache();
  }
};
