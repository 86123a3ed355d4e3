import type { Clock } from '#kernel';
import type { AppendedEvent, Instruments, Told } from '#observability';
import type { Document } from '#read-store';
import type { CommandContext } from './command-context.js';
import type { ProjectionRunner } from './projection-runner.js';
import type { RunningReactor } from './reactor.js';

/** Carries out an append and tells instruments of it. */
export type ToldAppend = <T>(
  events: readonly AppendedEvent[],
  context: CommandContext,
  append: () => Promise<T>,
) => Promise<T>;

export const tellingAppend =
  ({ meter, tracer }: Instruments, service: string, clock: Clock): ToldAppend =>
  async (events, { correlationId, causationId }, append) => {
    const startedMs = clock.monotonicMs();
    const done = await tracer.appending(events, { correlationId, causedBy: causationId }, append);
    meter.observe('holdfast_append_seconds', { service }, (clock.monotonicMs() - startedMs) / 1000);
    return done;
  };

/** Tells how far read models, reactors and relays are behind, and what was put aside. */
export async function tellLags(
  told: Told,
  service: string,
  runners: Iterable<ProjectionRunner<Document>>,
  reactors: readonly RunningReactor[],
): Promise<void> {
  const models = [...runners].map(async (runner) => {
    const labels = { service, projection: runner.projection.name };
    const { events, seconds } = await runner.lag();
    told('holdfast_projection_lag_events', labels, events);
    told('holdfast_projection_lag_seconds', labels, seconds);
  });
  const others = reactors.map(async (reactor) => {
    const labels = { service, reactor: reactor.name };
    told('holdfast_parked_events', labels, (await reactor.parked()).length);
    const lag = await reactor.lag();
    if (lag === undefined) return;
    told('holdfast_reactor_lag_events', labels, lag.events);
    told('holdfast_reactor_lag_seconds', labels, lag.seconds);
  });
  await Promise.allSettled([...models, ...others]);
}
