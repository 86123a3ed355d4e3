import { DomainError, type Chance, type Clock, type Decider, type FaultPoint } from '#kernel';
import type { common } from '#contracts';
import { topicOf } from '#contracts/public';
import type { EventCodec } from '#contracts/stored';
import { noInstruments, type Instruments } from '#observability';
import type { ArtifactStore } from '#artifact-store';
import type { EventStore } from '#event-store';
import { rememberingSubjects, type Subjects } from '#key-store';
import type { MessageBus } from '#message-bus';
import type { Document, ReadStore } from '#read-store';
import { commandHandler, type CommandHandler } from './command-handler.js';
import { foundLately, type FoundLately } from './found-lately.js';
import { startProjection, type ProjectionRunner } from './projection-runner.js';
import type { EventDecoders, ProjectedEvent, Projection } from './projection.js';
import { progressOf } from './rebuild-progress.js';
import { openRests } from './rests.js';
import { asSpans } from './reactor-spans.js';
import { startReactor, type Reactor, type RunningReactor } from './reactor.js';
import { startRelay, type PublicEvent } from './relay.js';
import { instanceOf, stampsOf } from './stamp.js';
import { tellingAppend, tellLags } from './told-numbers.js';
import { parsePositionToken } from './tokens.js';
import type { View } from './view.js';
import { takeOverMs } from './writer-lease.js';

/** What a service stands on. The event store, the bus and the artifacts are shared; the read store is its own. */
export interface Engines {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly bus: MessageBus;
  readonly artifacts: ArtifactStore;
  readonly people: Subjects;
}

export interface ServiceRuntimeOptions {
  readonly name: string;
  readonly version: string;
  /** UUID that names this instance in leases and events; of this start alone. */
  readonly owner: string;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly chance: Chance;
  /**
   * Codecs by kind of stream, for projections, reactors and the relay: they then see present versions only, and stop,
   * unready, at an event that this release does not know.
   */
  readonly decoders?: EventDecoders;
  /** The newest event version that may be written; default 1. */
  readonly writeSchema?: number;
  readonly instruments?: Instruments;
  readonly onError?: (part: string, error: unknown, event?: ProjectedEvent) => void;
  /** A part waits for a read model that is still being built. */
  readonly onWaiting?: (part: string) => void;
  /** Where tests kill the process; the points of command handlers and reactors begin with the service's name. */
  readonly reach?: FaultPoint;
}

/** The parts that every service has, opened and closed together. */
export interface ServiceRuntime {
  readonly engines: Engines;
  /** Those of the engines, remembered for a second. */
  readonly people: Subjects;
  /** For blobs that many runs have in common. */
  readonly lately: FoundLately;
  commands<Command, State, Event extends { readonly type: string }>(
    decider: Decider<Command, State, Event>,
    codec: EventCodec<Event>,
  ): CommandHandler<Command, State, Event>;
  /** Starts feeding a read model and gives its view. */
  project<Doc extends Document>(projection: Projection<Doc>): View<Doc>;
  react(reactor: Reactor): RunningReactor;
  /**
   * Publishes the service's own streams on `holdfast.<service>.v1`: those of these kinds. It reads them by their codecs, since what a release
   * does not know it must not pass over: nobody would ever be told of it.
   */
  relay(codecs: EventDecoders, toPublic: (event: ProjectedEvent) => PublicEvent | undefined): void;
  /**
   * Waits until the read models hold what the caller has seen: those named, or every one.
   * @throws NOT_CAUGHT_UP, BAD_POSITION
   */
  reached(call: {
    readonly minPosition?: string;
    readonly deadlineMs?: number;
    readonly signal?: AbortSignal;
    readonly projections?: readonly string[];
  }): Promise<void>;
  /** Read models that do not answer yet, reactors and relays that cannot go on; empty when the service is ready. */
  unready(): readonly string[];
  /** Every reactor and relay, for status and for events put aside. */
  reactors(): readonly RunningReactor[];
  listProjections(): Promise<common.ProjectionStatus[]>;
  /** @throws PROJECTION_NOT_FOUND */
  rebuild(name: string): AsyncIterable<common.RebuildProgress>;
  close(): Promise<void>;
}

/** For one's own writes: the read model may have to be taken over first. */
const longestWaitMs = takeOverMs;
/** Failures that no waiting mends, or that a bus is to blame for which has been given its own time already. */
const cannotGoOn = /^(UNKNOWN_EVENT|EVENT_CORRUPT|PARKING_FULL|BUS_\w+|TOPIC_INVALID)\b/;

export function openServiceRuntime(options: ServiceRuntimeOptions): ServiceRuntime {
  const { name, version, owner, engines, clock, chance, writeSchema = 1, reach } = options;
  const { onError = () => undefined, instruments = noInstruments } = options;
  const { eventStore, readStore, bus } = engines;
  const people = rememberingSubjects(engines.people, clock);
  const runners = new Map<string, ProjectionRunner<Document>>();
  const reactors: RunningReactor[] = [];
  /** Calls that wait for all read models. What they are shown together shall not be of different times, so then none rests. */
  let waiting = 0;
  const rests = openRests(clock);
  const { decoders } = options;
  const stamp = stampsOf(instanceOf(owner), clock);
  const append = tellingAppend(instruments, name, clock);
  const stopTelling = instruments.meter.whenRead((told) => tellLags(told, name, runners.values(), reactors));
  const points = reach && { reach: (point: string) => reach(`${name}:${point}`) };
  const shared = { eventStore, readStore, clock, owner, ...(decoders ? { decoders } : {}), ...points };

  return {
    engines,
    people,
    lately: foundLately(engines.artifacts, clock),
    commands: (decider, codec) =>
      commandHandler({
        ...{ decider, codec, eventStore, people, writeSchema, clock, chance, ...points },
        service: { name, version },
        stamp,
        append,
      }),

    project<Doc extends Document>(projection: Projection<Doc>): View<Doc> {
      const onFault = (error: unknown) => onError(`projection ${projection.name}`, error);
      const runner = startProjection({
        ...shared,
        projection,
        onError: onFault,
        isHurried: () => waiting > 0,
        rests,
      });
      runners.set(projection.name, runner as unknown as ProjectionRunner<Document>);
      return runner.view;
    },

    react(reactor) {
      const running = startReactor(asSpans(reactor, instruments.tracer), {
        ...shared,
        onError: (error, event) =>
          onError(`${reactor.name}${event ? ` at ${event.type} ${event.eventId}` : ''}`, error, event),
        onWaiting: () => options.onWaiting?.(reactor.name),
      });
      reactors.push(running);
      return running;
    },

    relay(codecs, toPublic) {
      const topic = topicOf(name);
      reactors.push(
        startRelay({
          ...shared,
          topic,
          kinds: Object.keys(codecs),
          decoders: codecs,
          bus,
          toPublic,
          onError: (error) => onError(`relay ${topic}`, error),
        }),
      );
    },

    async reached({ minPosition = '', deadlineMs = longestWaitMs, signal, projections }) {
      const position = parsePositionToken(minPosition);
      if (position === undefined) return;
      const asked = [...runners.values()].filter(
        ({ projection }) => projections?.includes(projection.name) ?? true,
      );
      if (asked.every((runner) => runner.hasPassed(position))) return;
      const all = projections === undefined;
      if (all) waiting++;
      try {
        for (const runner of asked) runner.hurry();
        await Promise.all(
          asked.map((runner) => runner.waitFor(position, Math.min(deadlineMs, longestWaitMs), signal)),
        );
      } finally {
        if (all) waiting--;
      }
    },

    unready: () => [
      ...[...runners.values()]
        .filter((runner) => !runner.ready())
        .map((runner) => withReason(runner.projection.name, runner.failing())),
      ...reactors
        .filter((reactor) => cannotGoOn.test(reactor.failing() ?? ''))
        .map((reactor) => withReason(reactor.name, reactor.failing())),
    ],

    reactors: () => reactors,

    listProjections: () =>
      Promise.all(
        [...runners.values()].map(async (runner) => {
          const lag = await runner.lag().catch(() => undefined);
          const { error, ...status } = await runner.status();
          return { ...status, error, lagEvents: lag?.events, lagSeconds: lag?.seconds };
        }),
      ),

    rebuild(projectionName) {
      const runner = runners.get(projectionName);
      if (runner === undefined) {
        const known = [...runners.keys()].join(', ');
        throw new DomainError(
          'not-found',
          'PROJECTION_NOT_FOUND',
          `${name} has no projection of this name; it has ${known}`,
        );
      }
      return progressOf(runner);
    },

    async close() {
      stopTelling();
      await Promise.all([...reactors, ...runners.values()].map((part) => part.close()));
    },
  };
}

/** With the code of what it fails with; the rest is for the log. */
function withReason(name: string, failing = ''): string {
  const [code] = /^[A-Z_]+(?=:)/.exec(failing) ?? [];
  return code === undefined ? name : `${name} (${code})`;
}
