import { openBench } from './bench.js';

/** Run as a process of its own: feeds the read model of {@link totals} until it is killed at the point given. */
const [dir, fault] = process.argv.slice(2);
const bench = await openBench(dir, fault);
bench.run();
setInterval(() => undefined, 1000);
