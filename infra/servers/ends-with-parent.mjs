// Loaded before a server that runs on Node: ends the process when standard input does, when whoever started it is gone. Its threads have none.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.stdin.on('error', () => process.exit(0));
  process.stdin.on('end', () => process.exit(0));
  process.stdin.resume();
  process.stdin.unref?.();
}
