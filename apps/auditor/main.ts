import { existsSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// An export is many large buffers and few objects: by default the engine goes through all objects for each 64 MiB of them.
setFlagsFromString('--external-memory-accounted-in-global-limit');

enableCompileCache(new URL('../../../.cache/compiled', import.meta.url).pathname);

/** All that a start loads, in one file; the build makes it. Without it a start works too, for three times the CPU. */
const bundle = new URL('../../bundle/auditor.js', import.meta.url);
await import(existsSync(bundle) ? bundle.href : './serve.js');
flushCompileCache();
