// The figures of speed, each beside its bare limit: `npm run bench [-- NAME…] [--json] [--full]`. Runs on any Node from 18 on.
import { prepare } from './prepare.mjs';
import { inRoot, node26, run } from './toolchain.mjs';

try {
  // stdout belongs to the figures.
  console.log = console.error;
  await prepare();
  const flags = ['--no-warnings=ExperimentalWarning', '--expose-gc'];
  const main = inRoot('dist/test/bench/main.js');
  const { status } = await run(node26, [...flags, main, ...process.argv.slice(2)], { show: true });
  process.exitCode ||= status;
} catch (error) {
  console.error(error.message);
  process.exitCode ||= 1;
}
