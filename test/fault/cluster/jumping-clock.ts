/**
 * Loaded into an executor before its own code (`--import`): at each SIGUSR2 the wall clock jumps by `HOLDFAST_TEST_CLOCK_JUMP_MS`, and at the
 * next one back. As on a machine whose clock is set, monotonic time goes on.
 */
const jumpMs = Number(process.env['HOLDFAST_TEST_CLOCK_JUMP_MS'] ?? 0);
const now = Date.now.bind(Date);
let offsetMs = 0;

Date.now = () => now() + offsetMs;
globalThis.Date = new Proxy(Date, {
  construct: (target, args: [], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [Date.now()] : args, newTarget) as object,
});
process.on('SIGUSR2', () => (offsetMs = offsetMs === 0 ? jumpMs : 0));

export {};
