import { streamId, type StreamId } from '#kernel';
import type { common, provenance, scheduler } from '#contracts';
import { decodeEnvelope, type Envelope } from '#contracts/stored';
import { appended } from './appended.js';
import { declare, ended, key, reason, submit, type Experiment } from './experiment.js';
import type { System } from './system.js';

/** Declares an experiment and takes one run of it to its end. */
export async function runOf(
  system: System,
  experiment: Experiment,
  overrides: Parameters<typeof submit>[1]['overrides'] = {},
): Promise<scheduler.Run> {
  await declare(system, experiment);
  return runAgain(system, experiment, overrides);
}

/** One more run of what was declared. */
export const runAgain = async (
  system: System,
  { namespace, name }: Pick<Experiment, 'namespace' | 'name'>,
  overrides: Parameters<typeof submit>[1]['overrides'] = {},
): Promise<scheduler.Run> => ended(system, await submit(system, { namespace, name, overrides }));

/** Has a run repeated and waits for the verdict. */
export async function reproduced(
  system: System,
  { namespace, id }: Pick<scheduler.Run, 'namespace' | 'id'>,
): Promise<provenance.Reproduction> {
  const { provenance } = system.connection;
  const { reproduction } = await provenance.reproduce({ namespace, runId: id, reason }, key());
  if (reproduction === undefined) throw new Error('no reproduction was answered');
  const seen = await appended(system, reproduction.stream as StreamId, 'ReproductionConcluded');
  const answer = await provenance.getReproduction({ namespace, id: reproduction.id }, seen);
  if (answer.reproduction === undefined) throw new Error('the reproduction is not there');
  return answer.reproduction;
}

/** How two runs differ, as `area what`, in the order given. */
export async function differencesOf(
  { connection }: Pick<System, 'connection'>,
  a: Pick<scheduler.Run, 'id'>,
  b: Pick<scheduler.Run, 'id'>,
): Promise<string[]> {
  const answer = await connection.provenance.compareRuns({ namespace: '', a: a.id, b: b.id });
  return answer.differences.map(({ area, what }) => `${area} ${what}`);
}

export const isSealed = (system: System, { id }: Pick<scheduler.Run, 'id'>) =>
  appended(system, streamId('bundle', id), 'BundleSealed');

/** What is told of a subject. */
export async function historyOf(
  { connection }: Pick<System, 'connection'>,
  more: Partial<Parameters<System['connection']['auditor']['readHistory']>[0]> = {},
): Promise<common.Event[]> {
  const nothing = { subject: '', namespace: '', asOf: undefined, types: [], limit: 0, follow: false };
  const answers = await Array.fromAsync(connection.auditor.readHistory({ ...nothing, ...more }));
  return answers.flatMap(({ event }) => event ?? []);
}

export const dataOf = ({ envelope }: common.Event) =>
  (decodeEnvelope(envelope) as Envelope).data as Readonly<Record<string, unknown>>;
