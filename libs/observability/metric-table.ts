/** What kinds of numbers there are; a histogram is of seconds. */
export type MetricType = 'gauge' | 'counter' | 'histogram';

interface MetricRow<Type extends MetricType, Label extends string> {
  readonly type: Type;
  /** `service` comes from the process where it is not among them. */
  readonly labels: readonly Label[];
  /** For people; ends up as the metric's help. */
  readonly says: string;
  /** Upper bounds in seconds. */
  readonly buckets?: readonly number[];
}

const gauge = <Label extends string = never>(labels: readonly Label[], says: string) =>
  ({ type: 'gauge', labels, says }) satisfies MetricRow<'gauge', Label>;
const counter = <Label extends string>(labels: readonly Label[], says: string) =>
  ({ type: 'counter', labels, says }) satisfies MetricRow<'counter', Label>;
const histogram = <Label extends string>(
  labels: readonly Label[],
  buckets: readonly number[],
  says: string,
) => ({ type: 'histogram', labels, buckets, says }) satisfies MetricRow<'histogram', Label>;

const quick = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];
const slow = [0.1, 0.5, 2, 10, 60, 300, 1_800, 7_200];

/** Every metric of ours: `holdfast_<what>_<unit>`, counters `_total`. A name is a promise; one that changes breaks alerts of others. */
export const metricTable = {
  holdfast_grpc_call_seconds: histogram(['method', 'code'], quick, 'duration of gRPC calls handled'),
  holdfast_part_ready: gauge(['part'], '1 while a part of the process is ready, 0 while it is not'),

  holdfast_append_seconds: histogram(['service'], quick, 'duration of appends to the event store'),
  holdfast_projection_lag_events: gauge(
    ['service', 'projection'],
    'events not yet in a read model, counted up to 10,000',
  ),
  holdfast_projection_lag_seconds: gauge(
    ['service', 'projection'],
    'age of the oldest of them; 0 when there is none',
  ),
  holdfast_reactor_lag_events: gauge(
    ['service', 'reactor'],
    'events that a reactor or relay has not handled yet, counted up to 10,000; told by the instance that reacts',
  ),
  holdfast_reactor_lag_seconds: gauge(
    ['service', 'reactor'],
    'age of the oldest of them; 0 when there is none',
  ),
  holdfast_parked_events: gauge(['service', 'reactor'], 'events put aside because handling them failed'),
  holdfast_dead_letters_total: counter(['topic'], 'messages given up and put aside'),

  holdfast_queue_runs: gauge(['pool'], 'runs that wait'),
  holdfast_queue_oldest_seconds: gauge(['pool'], 'how long the oldest of them has waited; 0 when none does'),
  holdfast_claimed_runs: gauge(['pool'], 'runs that executors hold'),
  holdfast_claim_seconds: histogram(['pool'], slow, 'from when a run began to wait to its claim'),
  holdfast_lease_expiries_total: counter(['pool'], 'leases that ran out'),
  holdfast_fenced_reports_total: counter(['pool'], 'late reports refused by their epoch'),
  holdfast_refused_runs_total: counter(['code'], 'submissions refused for want of room in the queue'),

  holdfast_executor_slots: gauge(['pool'], 'runs that this executor takes at once'),
  holdfast_executor_busy_slots: gauge(['pool'], 'runs that it has'),
  holdfast_attempts_total: counter(
    ['pool', 'outcome'],
    'attempts ended: completed, or the class of the failure',
  ),
  holdfast_step_seconds: histogram(['pool', 'outcome'], slow, 'duration of steps: completed or failed'),

  holdfast_audit_findings: gauge(
    ['kind'],
    'what the newest audit found: of the log, the artifacts, reproductions, people',
  ),
  holdfast_audit_held: gauge(
    ['kind'],
    '1 when the newest audit held, 0 when it found something or could not be run',
  ),
  holdfast_audit_age_seconds: gauge(['kind'], 'how long ago that was'),

  holdfast_log_entries: gauge(
    [],
    'entries of the audit log at its newest checkpoint; told by the instance that writes it',
  ),
  holdfast_log_lag_events: gauge(
    [],
    'events that no checkpoint covers yet, counted up to 10,000 beyond those that were sequenced',
  ),

  holdfast_blob_bytes_total: counter(['direction'], 'bytes of blobs sent to clients (out) and taken (in)'),
} as const;

type Table = typeof metricTable;
export type MetricName = keyof Table;
/** The metrics of one kind. */
export type MetricOf<Type extends MetricType> = {
  [Name in MetricName]: Table[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type LabelsOf<Name extends MetricName> = Readonly<Record<Table[Name]['labels'][number], string>>;
