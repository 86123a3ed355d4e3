/**
 * Called by adapters at named points such as `event-store:before-commit`. Absent in production; tests use it to kill
 * the process exactly there.
 */
export type FaultPoint = (name: string) => void;

declare const process: { kill(pid: number, signal: string): void; readonly pid: number };

/**
 * Kills this process with SIGKILL the n-th time a point is reached: `event-store:before-commit#3`. Undefined for no spec.
 * Works within worker threads as well: they share the process.
 */
export function killAt(spec: string | undefined): FaultPoint | undefined {
  if (!spec) return undefined;
  const [point, count = '1'] = spec.split('#');
  let left = Number(count);
  return (name) => {
    if (name === point && --left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
