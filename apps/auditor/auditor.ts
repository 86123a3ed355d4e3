import type { Clock } from '#kernel';
import { accessCodec, baselineCodec, driftCodec } from '#contracts/stored';
import { access } from '#domain/access';
import { baseline, type BaselineCommand, type BaselineEvent, type BaselineState } from '#domain/baseline';
import { drift } from '#domain/drift';
import type { CallContext } from '#platform';
import { positionToken, type CommandHandler, type ServiceRuntime, type View } from '#runtime';
import { openAccessRecords, type AccessRecords } from './access/record-access.js';
import { baselineProjection, type BaselineDocument } from './baselines/baseline.projection.js';
import { driftProjection, type DriftDocument } from './drift/drift.projection.js';
import { driftReactor } from './drift/drift.reactor.js';
import { historyProjection, type HistoryDocument } from './history/history.projection.js';
import { toPublic } from './outbound.js';
import { runsProjection, type RunDocument } from './runs.projection.js';

/** Token of the one {@link Auditor} of a module. */
export const AUDITOR = Symbol('Auditor');

/** Everything the controllers work with. */
export interface Auditor {
  readonly runtime: ServiceRuntime;
  readonly clock: Clock;
  readonly baselines: CommandHandler<BaselineCommand, BaselineState, BaselineEvent>;
  /** That somebody reads the trail. */
  readonly access: AccessRecords;
  readonly views: {
    readonly history: View<HistoryDocument>;
    readonly runs: View<RunDocument>;
    readonly baselines: View<BaselineDocument>;
    readonly drifts: View<DriftDocument>;
  };
  /**
   * Waits until these read models hold everything that was appended before the call, by whomever.
   * @throws NOT_CAUGHT_UP, BAD_POSITION
   */
  upToDate(context: CallContext, projections: readonly string[]): Promise<void>;
}

/** What the auditor does, as a table: streams it writes, models it keeps, what it reacts to, events it tells of. */
export function openAuditor(runtime: ServiceRuntime, clock: Clock): Auditor {
  const views = {
    history: runtime.project(historyProjection),
    runs: runtime.project(runsProjection),
    baselines: runtime.project(baselineProjection),
    drifts: runtime.project(driftProjection),
  };
  const drifts = runtime.commands(drift, driftCodec);
  runtime.react(driftReactor({ runtime, baselines: views.baselines, drifts, clock }));
  runtime.relay({ baseline: baselineCodec, drift: driftCodec }, toPublic);
  return {
    runtime,
    clock,
    baselines: runtime.commands(baseline, baselineCodec),
    access: openAccessRecords(runtime.commands(access, accessCodec), clock),
    views,
    async upToDate({ deadlineMs, signal }, projections) {
      const minPosition = positionToken(await runtime.engines.eventStore.head());
      await runtime.reached({ minPosition, deadlineMs, signal, projections });
    },
  };
}
