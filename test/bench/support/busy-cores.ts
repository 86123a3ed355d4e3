import { cpus } from 'node:os';

function times() {
  const all = cpus().map(({ times: each }) => each);
  const idle = all.reduce((sum, each) => sum + each.idle, 0);
  return { idle, total: all.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) };
}

/** From now on. @returns per cent of all cores that were busy, whoever with */
export function busyCores(): () => number {
  const before = times();
  return () => {
    const now = times();
    return 100 * (1 - (now.idle - before.idle) / (now.total - before.total));
  };
}
