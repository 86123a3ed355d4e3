import { common } from '#contracts';
import { DomainError, type JsonObject, type Problem } from '#kernel';
import {
  decodeDetails,
  decodeErrorInfo,
  encodeErrorInfo,
  encodeRetryInfo,
  encodeStatus,
  type Detail,
} from './google-rpc.js';
import { fromProblem, toProblem } from './problem.js';
import { codeOf, kindOf, statusName } from './status.js';

/** The trailer that carries google.rpc.Status. */
export const detailsTrailer = 'grpc-status-details-bin';
const domain = 'holdfast';
const problemsType = 'holdfast.common.v1.Problems';

/** Several gRPC stacks refuse more than 16 KiB of metadata, and base64 makes 4/3 of it. */
const detailsLimitBytes = 10 * 1024;
const messageLimitChars = 1024;

export interface WireError {
  readonly code: number;
  readonly message: string;
  /** google.rpc.Status for `grpc-status-details-bin`. */
  readonly details: Uint8Array;
}

/**
 * What goes over the wire for an error that is ours. Facts become text. Problems that do not fit into the trailer are
 * counted in the fact `problemsOmitted`.
 */
export function encodeError(error: DomainError): WireError {
  const code = codeOf(error.kind);
  const message = error.message.slice(0, messageLimitChars);
  const fitting = fittingProblems(error.problems);
  const omitted = error.problems.length - fitting.length;
  const facts: JsonObject = omitted > 0 ? { ...error.facts, problemsOmitted: omitted } : error.facts;
  const details: Detail[] = [
    {
      type: 'google.rpc.ErrorInfo',
      value: encodeErrorInfo({ reason: error.code, domain, metadata: texts(facts) }),
    },
  ];
  if (fitting.length > 0)
    details.push({ type: problemsType, value: common.Problems.encode({ problems: fitting }).finish() });
  if (typeof facts['retryAfterMs'] === 'number')
    details.push({ type: 'google.rpc.RetryInfo', value: encodeRetryInfo(facts['retryAfterMs']) });
  return { code, message, details: encodeStatus(code, message, details) };
}

/** The error of a failed call. Details that cannot be read are ignored: the status still says what happened. */
export function decodeError(wire: {
  code: number;
  message: string;
  details?: Uint8Array | undefined;
}): DomainError {
  const details = readable(wire.details);
  const info = details.find(({ type }) => type === 'google.rpc.ErrorInfo');
  const { reason, domain: origin, metadata } = info ? decodeErrorInfo(info.value) : noInfo;
  const problems = details.find(({ type }) => type === problemsType);
  return new DomainError(
    kindOf(wire.code),
    origin === domain ? reason : statusName(wire.code),
    wire.message,
    {
      facts: origin === domain ? metadata : {},
      problems: problems ? common.Problems.decode(problems.value).problems.map(toProblem) : [],
    },
  );
}

const noInfo = { reason: '', domain: '', metadata: {} };

function readable(status: Uint8Array | undefined): readonly Detail[] {
  if (status === undefined) return [];
  try {
    const details = decodeDetails(status);
    for (const { type, value } of details) {
      if (type === 'google.rpc.ErrorInfo') decodeErrorInfo(value);
      if (type === problemsType) common.Problems.decode(value);
    }
    return details;
  } catch {
    return [];
  }
}

const texts = (facts: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );

function fittingProblems(problems: readonly Problem[]): common.Problem[] {
  const fitting: common.Problem[] = [];
  let left = detailsLimitBytes;
  for (const problem of problems) {
    const message = fromProblem(problem);
    left -= common.Problem.encode(message).finish().byteLength + 4;
    if (left < 0) break;
    fitting.push(message);
  }
  return fitting;
}
