import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold, type Digest, type Instant } from '#kernel';
import {
  epochOf,
  isTerminal,
  run,
  type Report,
  type RunCommand,
  type RunEvent,
  type RunState,
} from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const later = '2026-01-31T10:00:00.000Z' as Instant;
const digest = (hex: string): Digest => `sha256:${hex.repeat(64)}` as Digest;
const blob = (hex: string) => ({ digest: digest(hex), sizeBytes: 1 });
const metric = { name: 'accuracy', value: 0.9, count: 1, min: 0.9, max: 0.9, folds: 0 };

const submission = {
  namespace: 'default',
  blueprint: { name: 'default/species', version: digest('1') },
  requestDigest: digest('2'),
  knobs: { l2: 0.1 },
  pool: 'default',
  priority: 0,
};
const admission = {
  manifest: digest('3'),
  reproducibilityKey: digest('4'),
  stepsTotal: 2,
  retry: { attempts: 2, on: ['executor-lost', 'lease-expired', 'timeout'] },
};
const problem = { code: 'KNOB_UNKNOWN', field: 'knobs.l3', message: 'is not in the catalogue' };

const submit: RunCommand = { type: 'SubmitRun', submission, admission, at };
const submitRefused: RunCommand = { type: 'SubmitRun', submission, admission: { problems: [problem] }, at };
const claim = (executor = 'x'): RunCommand => ({ type: 'ClaimRun', executor, release: '1', at });
const cancel: RunCommand = { type: 'CancelRun', at };
const expire = (epoch: number, cause: 'lease-expired' | 'executor-lost' = 'lease-expired'): RunCommand => ({
  ...{ type: 'ExpireLease', epoch, cause, message: 'gone', at },
});
const report = (report: Report, epoch = 1, executor = 'x', when = at): RunCommand => ({
  ...{ type: 'ReportAttempt', epoch, executor, reports: [report], at: when },
});
const started: Report = {
  ...{ kind: 'started', fingerprint: digest('5'), sections: { os: digest('6') } },
  ...{ isolation: { level: 'process' }, hostNotIsolated: true },
};
const step = (name: string, more: object = {}): Report => ({
  ...{ kind: 'step', step: name, fold: null, outputs: [], undeclared: [], durationMs: 1 },
  ...{ stdout: blob('7'), stderr: blob('8'), metrics: blob('9'), summary: [metric], seed: 'ab' },
  ...more,
});
const completed: Report = { kind: 'completed', metrics: [metric] };
const failed = (failureClass: string): Report => ({
  kind: 'failed',
  failure: { class: failureClass, message: 'it broke' },
});
const gaveUp: Report = { kind: 'cancelled', message: 'stopped' };

const history = (...commands: RunCommand[]): RunEvent[] => {
  const events: RunEvent[] = [];
  for (const command of commands) events.push(...run.decide(command, fold(run, events)));
  return events;
};
const given = (...commands: RunCommand[]): RunState => fold(run, history(...commands));
const types = (events: readonly RunEvent[]) => events.map(({ type }) => type);
/** What the last command gave. */
const then = (...commands: RunCommand[]) =>
  run.decide(commands.at(-1) as RunCommand, given(...commands.slice(0, -1)));
const code = (expected: string) => expect.objectContaining({ code: expected });

const steps = [report(step('prepare')), report(step('train'))];
/** How each state is reached. */
const states: Readonly<Record<string, readonly RunCommand[]>> = {
  absent: [],
  rejected: [submitRefused],
  queued: [submit],
  claimed: [submit, claim()],
  running: [submit, claim(), report(started)],
  cancelling: [submit, claim(), report(started), cancel],
  'queued again': [submit, claim(), expire(1)],
  completed: [submit, claim(), report(started), ...steps, report(completed)],
  failed: [submit, claim(), report(failed('command-failed'))],
  cancelled: [submit, cancel],
};

/** Every command in every state: the events it gives, or the code it is refused with. */
const table: Readonly<Record<string, readonly [RunCommand, string | readonly string[]][]>> = {
  absent: [
    [submit, ['RunSubmitted', 'RunAdmitted']],
    [submitRefused, ['RunSubmitted', 'RunRejected']],
    [claim(), 'RUN_NOT_FOUND'],
    [report(started), 'RUN_NOT_FOUND'],
    [expire(1), 'RUN_NOT_FOUND'],
    [cancel, 'RUN_NOT_FOUND'],
  ],
  rejected: [
    [submit, []],
    [claim(), 'RUN_NOT_QUEUED'],
    [report(started), 'EPOCH_UNKNOWN'],
    [expire(1), 'EPOCH_UNKNOWN'],
    [cancel, 'RUN_ENDED'],
  ],
  queued: [
    [submit, []],
    [claim(), ['RunClaimed']],
    [report(started), 'EPOCH_UNKNOWN'],
    [expire(1), 'EPOCH_UNKNOWN'],
    [cancel, ['RunCancelled']],
  ],
  claimed: [
    [submit, []],
    [claim(), 'RUN_NOT_QUEUED'],
    [report(started), ['RunStarted']],
    [report(step('train')), 'ATTEMPT_NOT_STARTED'],
    [report(completed), 'STEPS_INCOMPLETE'],
    [report(failed('environment-mismatch')), ['RunFailed']],
    [report(gaveUp), ['RunRetried']],
    [expire(1), ['RunLeaseExpired', 'RunRetried']],
    [cancel, ['RunCancelRequested']],
  ],
  running: [
    [submit, []],
    [claim(), 'RUN_NOT_QUEUED'],
    [report(started), []],
    [report({ ...started, hostNotIsolated: false }), 'REPORT_CONTRADICTS'],
    [report(step('train')), ['StepCompleted']],
    [report(step('train', { failure: { class: 'timeout', message: '' } })), ['StepFailed']],
    [report(completed), 'STEPS_INCOMPLETE'],
    [report(failed('command-failed')), ['RunFailed']],
    [report(failed('timeout')), ['RunRetried']],
    [report(failed('cancelled')), ['RunRetried']],
    [report(gaveUp), ['RunRetried']],
    [report(started, 2), 'EPOCH_UNKNOWN'],
    [report(started, 1, 'y'), 'NOT_THE_HOLDER'],
    [expire(1, 'executor-lost'), ['RunLeaseExpired', 'RunRetried']],
    [expire(2), 'EPOCH_UNKNOWN'],
    [cancel, ['RunCancelRequested']],
  ],
  cancelling: [
    [submit, []],
    [claim(), 'RUN_NOT_QUEUED'],
    [report(started), []],
    [report(step('train')), ['StepCompleted']],
    [report(failed('timeout')), ['RunCancelled']],
    [report(failed('command-failed')), ['RunCancelled']],
    [report(gaveUp), ['RunCancelled']],
    [report(completed), 'STEPS_INCOMPLETE'],
    [expire(1), ['RunLeaseExpired', 'RunCancelled']],
    [cancel, []],
  ],
  'queued again': [
    [submit, []],
    [claim('y'), ['RunClaimed']],
    [report(started), 'STALE_EPOCH'],
    [report(failed('timeout')), 'STALE_EPOCH'],
    [report(gaveUp), 'STALE_EPOCH'],
    [expire(1), []],
    [expire(2), 'EPOCH_UNKNOWN'],
    [cancel, ['RunCancelled']],
  ],
  completed: [
    [submit, []],
    [claim(), 'RUN_NOT_QUEUED'],
    [report(completed), []],
    [report(started), []],
    [report({ ...completed, metrics: [] }), 'STALE_EPOCH'],
    [report(step('other')), 'STALE_EPOCH'],
    [report(failed('timeout')), 'STALE_EPOCH'],
    [expire(1), []],
    [cancel, 'RUN_ENDED'],
  ],
  failed: [
    [submit, []],
    [claim(), 'RUN_NOT_QUEUED'],
    [report(failed('command-failed')), []],
    [report(failed('timeout')), 'STALE_EPOCH'],
    [report(completed), 'STALE_EPOCH'],
    [expire(1), []],
    [cancel, 'RUN_ENDED'],
  ],
  cancelled: [
    [submit, []],
    [claim(), 'RUN_NOT_QUEUED'],
    [report(started), 'EPOCH_UNKNOWN'],
    [expire(1), 'EPOCH_UNKNOWN'],
    [cancel, []],
  ],
};

describe('a run', () => {
  for (const [name, rows] of Object.entries(table)) {
    it.each(rows.map(([command, result]) => [describeCommand(command), result, command] as const))(
      `that is ${name}: %s gives %j`,
      (_, result, command) => {
        const state = given(...(states[name] ?? []));
        if (typeof result === 'string') expect(() => run.decide(command, state)).toThrow(code(result));
        else expect(types(run.decide(command, state))).toEqual(result);
      },
    );
  }

  it('is another one for another request under the same key', () => {
    const other: RunCommand = { ...submit, submission: { ...submission, requestDigest: digest('f') } };
    for (const [name, commands] of Object.entries(states))
      if (name !== 'absent') expect(() => then(...commands, other)).toThrow(code('IDEMPOTENCY_KEY_REUSED'));
  });

  it('remembers what was submitted, and every problem it was refused for', () => {
    expect(history(submitRefused)).toEqual([
      { type: 'RunSubmitted', ...submission, submittedAt: at },
      { type: 'RunRejected', problems: [problem], at },
    ]);
    expect(history(submit)[1]).toEqual({ type: 'RunAdmitted', ...admission });
  });
});

describe('an attempt', () => {
  it('has the number of the claim, and each later one a higher number', () => {
    const events = history(submit, claim(), expire(1), claim('y'));
    expect(events.filter(({ type }) => type === 'RunClaimed')).toMatchObject([
      { epoch: 1, executor: 'x' },
      { epoch: 2, executor: 'y' },
    ]);
    expect(epochOf(fold(run, events))).toBe(2);
  });

  it('is refused with its old number once another one has begun', () => {
    const before = [submit, claim(), report(started), expire(1), claim('y')];
    for (const late of [started, step('train'), completed, failed('timeout'), gaveUp])
      expect(() => then(...before, report(late))).toThrow(code('STALE_EPOCH'));
    expect(types(then(...before, report(started, 2, 'y')))).toEqual(['RunStarted']);
  });

  it('may say the same again, also later and after it has ended, and changes nothing', () => {
    const lost = [submit, claim(), report(started), report(failed('timeout'))];
    expect(given(...lost).status).toBe('queued');
    expect(then(...lost, report(failed('timeout'), 1, 'x', later))).toEqual([]);
    expect(() => then(...lost, claim('y'), report(failed('timeout')))).toThrow(code('STALE_EPOCH'));
    const halfway = [submit, claim(), report(started), report(step('train'))];
    expect(then(...halfway, report(step('train'), 1, 'x', later))).toEqual([]);
    expect(() => then(...halfway, report(step('train', { durationMs: 2 })))).toThrow(
      code('REPORT_CONTRADICTS'),
    );
    expect(types(then(...halfway, report(step('train', { fold: 0 }))))).toEqual(['StepCompleted']);
    const stopped = [submit, claim(), cancel, report(gaveUp)];
    expect(then(...stopped, report(gaveUp))).toEqual([]);
    expect(then(...stopped, report(failed('cancelled')))).toEqual([]);
    expect(() => then(...stopped, report(completed))).toThrow(code('STALE_EPOCH'));
  });

  it('may say several things at once: each is judged as it would be alone, and all are taken or none', () => {
    const all = [started, step('prepare'), step('train'), completed];
    const together = (reports: readonly Report[]): RunCommand => ({
      type: 'ReportAttempt',
      epoch: 1,
      executor: 'x',
      reports,
      at,
    });
    const one = history(submit, claim(), ...all.map((each) => report(each)));
    expect(history(submit, claim(), together(all))).toEqual(one);
    expect(then(submit, claim(), together(all), together(all))).toEqual([]);
    expect(history(submit, claim(), report(started), together(all))).toEqual(one);
    expect(() => then(submit, claim(), together([started, completed]))).toThrow(code('STEPS_INCOMPLETE'));
    expect(() => then(submit, claim(), together([started, failed('command-failed'), step('train')]))).toThrow(
      code('STALE_EPOCH'),
    );
  });

  it('completes only with every step, each counted once', () => {
    const one = [submit, claim(), report(started), report(step('prepare')), report(step('prepare'))];
    expect(() => then(...one, report(completed))).toThrow(code('STEPS_INCOMPLETE'));
    expect(types(history(...one, report(step('train')), report(completed)))).toEqual([
      ...['RunSubmitted', 'RunAdmitted', 'RunClaimed', 'RunStarted'],
      ...['StepCompleted', 'StepCompleted', 'RunCompleted'],
    ]);
  });

  it('that ended without a result is repeated as often as the manifest says, then fails with its class', () => {
    const twice = [submit, claim(), expire(1), claim(), expire(2, 'executor-lost')];
    expect(types(history(...twice)).slice(-2)).toEqual(['RunLeaseExpired', 'RunFailed']);
    expect(history(...twice).at(-1)).toMatchObject({ epoch: 2, failure: { class: 'executor-lost' } });
    const never: RunCommand = {
      ...submit,
      admission: { ...admission, retry: { attempts: 3, on: ['executor-lost'] } },
    };
    expect(types(history(never, claim(), expire(1))).at(-1)).toBe('RunFailed');
    expect(types(history(never, claim(), expire(1, 'executor-lost'))).at(-1)).toBe('RunRetried');
  });

  it('whose result is wrong is never repeated, whatever the manifest says', () => {
    const retry = { attempts: 9, on: ['command-failed', 'output-missing', 'metrics-invalid'] };
    for (const wrong of retry.on) {
      const events = history(
        { ...submit, admission: { ...admission, retry } },
        claim(),
        report(failed(wrong)),
      );
      expect(events.at(-1)).toMatchObject({ type: 'RunFailed', failure: { class: wrong } });
    }
  });

  it('is never repeated while the run is being cancelled', () => {
    for (const end of [expire(1), expire(1, 'executor-lost'), report(failed('timeout')), report(gaveUp)])
      expect(history(submit, claim(), cancel, end).at(-1)).toMatchObject({ type: 'RunCancelled', epoch: 1 });
  });

  it('that completes before the cancellation reached it keeps its result', () => {
    const events = history(submit, claim(), report(started), ...steps, cancel, report(completed));
    expect(events.at(-1)).toMatchObject({ type: 'RunCompleted', metrics: [metric] });
  });

  it('that is given up although nobody asked for it counts as lost', () => {
    expect(history(submit, claim(), report(gaveUp)).at(-1)).toMatchObject({
      type: 'RunRetried',
      failure: { class: 'executor-lost', message: 'stopped' },
    });
  });
});

describe('whatever happens', () => {
  const names = ['prepare', 'train'];
  const reports = [started, ...names.map((name) => step(name)), completed, failed('timeout'), gaveUp];
  const anything = fc.oneof(
    fc.constantFrom<RunCommand>(submit, submitRefused, cancel, claim('x'), claim('y')),
    fc
      .tuple(fc.constantFrom(...reports), fc.integer({ min: 1, max: 3 }), fc.constantFrom('x', 'y'))
      .map(([what, epoch, executor]) => report(what, epoch, executor)),
    fc.integer({ min: 1, max: 3 }).map((epoch) => expire(epoch)),
  );

  it('a run ends at most once and nothing follows; its epochs only grow; each attempt belongs to one claim', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 60 }), (commands) => {
        const events: RunEvent[] = [];
        for (const command of [submit, ...commands]) {
          const before = fold(run, events);
          let more: readonly RunEvent[] = [];
          try {
            more = run.decide(command, before);
          } catch {
            continue;
          }
          if (isTerminal(before.status)) expect(more).toEqual([]);
          events.push(...more);
          // Said again at once, a command changes nothing more, or is refused.
          if (command.type !== 'ClaimRun' && more.length > 0)
            expect(run.decide(command, fold(run, events))).toEqual([]);
        }
        const epochs = events.flatMap((event) => (event.type === 'RunClaimed' ? [event.epoch] : []));
        expect(epochs).toEqual(epochs.map((_, i) => i + 1));
        const ends = events.filter(({ type }) => /^Run(Rejected|Completed|Failed|Cancelled)$/.test(type));
        expect(ends.length).toBeLessThanOrEqual(1);
        if (ends.length === 1) expect(events.at(-1)).toBe(ends[0]);
      }),
    );
  });

  it('an event that cannot follow changes nothing', () => {
    const all = Object.values(states).flatMap((commands) => history(...commands));
    for (const commands of Object.values(states)) {
      const state = given(...commands);
      if (isTerminal(state.status)) for (const event of all) expect(run.evolve(state, event)).toBe(state);
    }
    const firstOnly = all.filter(({ type }) => type !== 'RunSubmitted');
    for (const event of firstOnly) expect(run.evolve(run.initial, event)).toBe(run.initial);
  });
});

function describeCommand(command: RunCommand): string {
  if (command.type === 'ReportAttempt') {
    const { reports, epoch, executor } = command;
    const what = reports.map((report) =>
      report.kind === 'failed' ? `failed ${report.failure.class}` : report.kind,
    );
    return `report ${what.join(', ')} of attempt ${epoch} by ${executor}`;
  }
  return command.type === 'ExpireLease' ? `${command.cause} of attempt ${command.epoch}` : command.type;
}
