import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

// What the engine compiled is kept from one start to the next: a fifth of what a start costs.
enableCompileCache(new URL('../../../.cache/compiled', import.meta.url).pathname);

/** All that a start loads, in one file; the build makes it. Without it a start works too, for twice the CPU. */
const bundle = new URL('../../bundle/standalone.js', import.meta.url);
await import(existsSync(bundle) ? bundle.href : './serve.js');
