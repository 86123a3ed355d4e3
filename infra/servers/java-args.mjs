/**
 * A small Java process that starts fast: tests have two cores for everything.
 * @param {number} heapMb
 * @param {string} dir what the process puts aside lies there, and goes with it: steps at level `process` are looked for in all of /tmp
 */
export const javaArgs = (heapMb, dir) => [
  `-Xmx${heapMb}m`,
  `-Djava.io.tmpdir=${dir}`,
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xshare:auto',
];
