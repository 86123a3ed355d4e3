import { existsSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Open runs are in memory: of a long queue the engine would keep as much again in garbage.
setFlagsFromString('--heap-growing-percent=30');

enableCompileCache(new URL('../../../.cache/compiled', import.meta.url).pathname);

/** All that a start loads, in one file; the build makes it. Without it a start works too, for three times the CPU. */
const bundle = new URL('../../bundle/scheduler.js', import.meta.url);
await import(existsSync(bundle) ? bundle.href : './serve.js');
flushCompileCache();
