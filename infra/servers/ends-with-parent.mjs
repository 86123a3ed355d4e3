// Loaded before a server that runs on Node: ends the process when standard input does, when whoever started it is gone.
process.stdin.on('error', () => process.exit(0));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
process.stdin.unref?.();
