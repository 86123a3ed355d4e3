import { epochMs } from '#kernel';
import { looksAtRuns } from './look-at-runs.js';
import { looksAtServer } from './look-at-server.js';
import { takeLooks, type Measuring, type Readings } from './look.js';

/** Every figure, one look after the other; while that goes on, whether our own clock jumps. */
export async function measureInstallation(measuring: Measuring): Promise<Readings> {
  const { clock } = measuring.session;
  const [startedAt, startedMs] = [epochMs(clock.now()), clock.monotonicMs()];
  const readings = await takeLooks(measuring, [...looksAtServer(measuring), ...looksAtRuns(measuring)]);
  const stepMs = epochMs(clock.now()) - startedAt - (clock.monotonicMs() - startedMs);
  return { ...readings, 'clock-step': { value: stepMs } };
}
