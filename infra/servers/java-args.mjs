/** A small Java process that starts fast: tests have two cores for everything. @param {number} heapMb */
export const javaArgs = (heapMb) => [
  `-Xmx${heapMb}m`,
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xshare:auto',
];
