import { assertNoProblems, DomainError, isDigest, type Digest, type JsonObject, type Problem } from '#kernel';
import { parseJson } from '#evidence';
import type { common, scheduler } from '#contracts';
import type { BlobRef, Failure, Metric, Output, Report } from '#domain/run';
import { problemsOf } from '#service';

export interface ParsedReports {
  readonly reports: readonly Report[];
  /** Blobs that the server must hold for the reports to count. */
  readonly digests: readonly Digest[];
}

/** @throws REPORT_INVALID with every problem */
export function parseReports(given: readonly scheduler.ReportAttemptRequest['report'][]): ParsedReports {
  const check = openCheck();
  const reports = given.map((report) => reportOf(report, check));
  assertNoProblems(check.problems, 'REPORT_INVALID');
  return { reports: reports as Report[], digests: [...new Set(check.digests)] };
}

interface Check {
  readonly problems: Problem[];
  readonly digests: Digest[];
  digest(field: string, value: string | undefined): Digest;
  report(code: string, field: string, message: string, found?: string): void;
}

function openCheck(): Check {
  const problems: Problem[] = [];
  const digests: Digest[] = [];
  const report: Check['report'] = (code, field, message, found) =>
    problems.push({ code, field, message, ...(found === undefined ? {} : { found: found.slice(0, 120) }) });
  return {
    problems,
    digests,
    report,
    digest(field, value = '') {
      if (isDigest(value)) digests.push(value);
      else report('DIGEST_INVALID', field, 'must be sha256: and 64 lower-case hex digits', value);
      return value as Digest;
    },
  };
}

function reportOf(given: scheduler.ReportAttemptRequest['report'], check: Check): Report | undefined {
  switch (given?.$case) {
    case 'started':
      return started(given.value, check);
    case 'step':
      return step(given.value, check);
    case 'completed':
      return { kind: 'completed', metrics: metrics('completed.metrics', given.value.metrics, check) };
    case 'failed':
      return { kind: 'failed', failure: failure('failed', given.value, check) };
    case 'cancelled':
      return { kind: 'cancelled', message: given.value.message };
    case undefined:
      return void check.report('MISSING_FIELD', 'report', 'is required');
  }
}

function started(
  { fingerprint, sections, isolation, folds, hostNotIsolated }: scheduler.AttemptStarted,
  check: Check,
): Report {
  const { value, problems } = problemsOf(() => parseObject(isolation));
  check.problems.push(...problems.map((problem) => ({ ...problem, field: 'started.isolation' })));
  const inSections = Object.entries(sections).map(([name, digest]) => {
    // A section is hashed by itself, its bytes are in the fingerprint.
    if (!isDigest(digest)) check.digest(`started.sections.${name}`, digest);
    return [name, digest as Digest] as const;
  });
  return {
    kind: 'started',
    fingerprint: check.digest('started.fingerprint', fingerprint),
    sections: Object.fromEntries(inSections),
    isolation: value ?? {},
    hostNotIsolated,
    ...(folds === undefined ? {} : { folds: check.digest('started.folds', folds) }),
  };
}

function step(given: scheduler.Step, check: Check): Report {
  const { name, fold, status, durationMs, exitCode, seed } = given;
  if (name === '') check.report('MISSING_FIELD', 'step.name', 'is required');
  if (!['completed', 'failed'].includes(status))
    check.report('STEP_STATUS_INVALID', 'step.status', 'must be completed or failed', status);
  if ((status === 'failed') !== (given.failure !== undefined))
    check.report('STEP_FAILURE_INVALID', 'step.failure', 'belongs to a failed step, and only there');
  if (!/^[0-9a-f]{64}$/.test(seed))
    check.report('SEED_INVALID', 'step.seed', 'must be 64 lower-case hex digits', seed);
  return {
    kind: 'step',
    step: name,
    fold: fold ?? null,
    outputs: outputs('step.outputs', given.outputs, check),
    undeclared: outputs('step.undeclared', given.undeclared, check),
    stdout: blob('step.stdout', given.stdout, check),
    stderr: blob('step.stderr', given.stderr, check),
    metrics: blob('step.metrics', given.metrics, check),
    summary: metrics('step.summary', given.summary, check),
    durationMs,
    seed,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(given.failure === undefined ? {} : { failure: failure('step.failure', given.failure, check) }),
  };
}

const blob = (field: string, given: common.Blob | undefined, check: Check): BlobRef => ({
  digest: check.digest(`${field}.digest`, given?.digest),
  sizeBytes: given?.sizeBytes ?? 0,
});

const outputs = (field: string, given: readonly scheduler.Output[], check: Check): Output[] =>
  given.map(({ name, path, digest, sizeBytes, kind }, i) => {
    const at = `${field}[${i}]`;
    if (kind !== 'file' && kind !== 'tree')
      check.report('OUTPUT_KIND_INVALID', `${at}.kind`, 'must be file or tree', kind);
    return {
      name,
      path,
      digest: check.digest(`${at}.digest`, digest),
      sizeBytes,
      kind: kind as Output['kind'],
    };
  });

const metrics = (field: string, given: readonly scheduler.Metric[], check: Check): Metric[] =>
  given.map(({ name, value, count, min, max, folds, sd }, i) => {
    if (name === '') check.report('MISSING_FIELD', `${field}[${i}].name`, 'is required');
    if (![value, min, max, sd ?? 0].every(Number.isFinite))
      check.report('METRIC_INVALID', `${field}[${i}]`, 'must be of finite numbers', name);
    return { name, value, count, min, max, folds, ...(sd === undefined ? {} : { sd }) };
  });

function failure(field: string, given: scheduler.Failure, check: Check): Failure {
  const { failureClass, message, step, fold } = given;
  if (!/^[a-z][a-z-]{0,62}$/.test(failureClass))
    check.report(
      'FAILURE_CLASS_INVALID',
      `${field}.failure_class`,
      'must be one of the closed list',
      failureClass,
    );
  return {
    class: failureClass,
    message,
    ...(step === undefined ? {} : { step }),
    ...(fold === undefined ? {} : { fold }),
  };
}

function parseObject(bytes: Uint8Array): JsonObject {
  const value = bytes.length === 0 ? {} : parseJson(bytes, { file: 'isolation' });
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new DomainError('invalid', 'ISOLATION_INVALID', 'must be a JSON object');
}
