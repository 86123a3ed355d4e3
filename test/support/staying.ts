import { systemClock } from '#kernel';

/** How long what was told to end may take to be gone, and who has nothing to do to tidy up. */
const patienceMs = 60_000;

/** What is left, and stays. @param isOver when nobody tidies up any more */
export async function staying(
  look: () => string[] | Promise<string[]>,
  isOver: () => boolean = () => false,
): Promise<string[]> {
  const until = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    const left = await look();
    if (left.length === 0 || isOver() || systemClock.monotonicMs() > until) return left;
    await systemClock.sleep(20);
  }
}
