import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

/** What bounds memory while history is replayed; the engine reads it once, before any of our code. Both by `npm run bench -- rebuild`. */
const heapFlags = ['--max-semi-space-size=8', '--heap-growing-percent=30'];
/** The same of what is not the engine's own: glibc keeps a heap for each thread, and in each what was freed. */
const heaps = { MALLOC_ARENA_MAX: '1' };

// Started without them, the process starts itself again in its own place: the same pid and files, 20 ms. Where that cannot be, it is larger.
if (
  process.platform !== 'win32' &&
  !process.execArgv.some((given) => given.startsWith('--max-semi-space-size'))
)
  process.execve?.(
    process.execPath,
    [process.execPath, ...heapFlags, ...process.execArgv, ...process.argv.slice(1)],
    { ...heaps, ...process.env },
  );

// What the engine compiled is kept from one start to the next: a fifth of what a start costs.
enableCompileCache(new URL('../../../.cache/compiled', import.meta.url).pathname);

/** All that a start loads, in one file; the build makes it. Without it a start works too, for twice the CPU. */
const bundle = new URL('../../bundle/standalone.js', import.meta.url);
await import(existsSync(bundle) ? bundle.href : './serve.js');
