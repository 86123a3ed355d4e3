/** Facts about a span, in the words of OpenTelemetry where it has some. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

export interface SpanSpec {
  /** Constant words, or those and a name that a blueprint gives: `attempt`, `step train`. */
  readonly name: string;
  /** The trace. */
  readonly correlationId: string;
  /** Id of the event that set it off. Absent: it belongs to what is going on around it, where that is of the same trace. */
  readonly causedBy?: string | undefined;
  readonly facts?: SpanFacts;
}

/** An event that is being appended. */
export interface AppendedEvent {
  readonly type: string;
  readonly eventId: string;
}

/** Where spans go. Never fails, never waits. */
export interface Tracer {
  /** `work` as a span: what is logged, appended or called meanwhile belongs to it. Ends as failed when it throws. */
  within<T>(span: SpanSpec, work: () => Promise<T>): Promise<T>;
  /** Each event becomes a span of the time it took to append it, under an id that follows from the event's own. */
  appending<T>(
    events: readonly AppendedEvent[],
    of: Pick<SpanSpec, 'correlationId' | 'causedBy' | 'facts'>,
    append: () => Promise<T>,
  ): Promise<T>;
  /** Metadata of a call that is made now. */
  passedOn(): Readonly<Record<string, string>>;
}

/** Nobody looks. */
export const noTracer: Tracer = {
  within: (_span, work) => work(),
  appending: (_events, _of, append) => append(),
  passedOn: () => ({}),
};
