/**
 * Called by adapters at named points such as `event-store:before-commit`. Absent in production; tests use it to kill
 * the process exactly there.
 */
export type FaultPoint = (name: string) => void;

declare const process: { kill(pid: number, signal: string): void; readonly pid: number };

/**
 * Kills this process with SIGKILL the n-th time a point is reached: `event-store:before-commit#3`; of several, with commas between
 * them, at whichever comes first. Undefined for no spec.
 * Works within worker threads as well: they share the process.
 */
export function killAt(spec: string | undefined): FaultPoint | undefined {
  if (!spec) return undefined;
  const left = new Map(
    spec.split(',').map((one) => {
      const [point = '', count = '1'] = one.split('#');
      return [point, Number(count)];
    }),
  );
  return (name) => {
    const passings = (left.get(name) ?? 0) - 1;
    left.set(name, passings);
    if (passings === 0) process.kill(process.pid, 'SIGKILL');
  };
}
