import { streamId, type StreamId } from '#kernel';
import type { provenance, scheduler } from '#contracts';
import { appended } from './appended.js';
import { key, reason } from './experiment.js';
import type { System } from './system.js';

/** Has a run repeated, cancels the repeat while it runs, and waits for what is said of it. */
export async function cancelledRepeat(
  system: System,
  { namespace, id }: scheduler.Run,
): Promise<provenance.Reproduction> {
  const { provenance, scheduler } = system.connection;
  const { reproduction } = await provenance.reproduce({ namespace, runId: id, reason }, key());
  const { id: reproductionId = '', stream = '', repeatedRun = '' } = reproduction ?? {};
  const begun = await appended(system, streamId('run', repeatedRun), 'RunAdmitted');
  await scheduler.cancelRun({ namespace, id: repeatedRun, reason }, { ...key(), ...begun });
  const seen = await appended(system, stream as StreamId, 'ReproductionConcluded');
  const answer = await provenance.getReproduction({ namespace, id: reproductionId }, seen);
  if (answer.reproduction === undefined) throw new Error('the reproduction is not there');
  return answer.reproduction;
}
