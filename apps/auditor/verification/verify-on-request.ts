import { assertNoProblems, DomainError, isDomainError, type Problem } from '#kernel';
import { parseVerifierKeys, type VerifierKey } from '#evidence';
import type { auditor as proto } from '#contracts';
import type { CallContext } from '#platform';
import { commandContext } from '#service';
import type { Auditor } from '../auditor.js';
import { toFinding } from './audit.mapper.js';
import { verifiedLog } from './verified-log.js';

const most = 100;
const underWay = new WeakSet<Auditor>();

/** @throws INVALID_REQUEST, VERIFICATION_UNDER_WAY (exhausted), VERIFICATION_FAULT, CANCELLED */
export async function* verifyOnRequest(
  auditor: Auditor,
  { keys, witnessKeys, witnesses, seen }: proto.VerifyLogRequest,
  call: CallContext,
): AsyncGenerator<proto.VerifyLogResponse, void> {
  const problems: Problem[] = [];
  const [given, ofWitnesses] = [
    keysIn('keys', keys, problems),
    keysIn('witness_keys', witnessKeys, problems),
  ];
  if (seen.length > most) problems.push({ code: 'TOO_MANY', field: 'seen', message: `at most ${most}` });
  if (witnesses < 0 || witnesses > ofWitnesses.length) {
    const message = 'as many witnesses as keys of witnesses are given, at most';
    problems.push({ code: 'WITNESSES_INVALID', field: 'witnesses', message, found: String(witnesses) });
  }
  assertNoProblems(problems, 'INVALID_REQUEST');
  if (underWay.has(auditor))
    throw new DomainError(
      'exhausted',
      'VERIFICATION_UNDER_WAY',
      'the log is being verified; try again when that is done',
    );
  underWay.add(auditor);
  // Told last, when the next one may begin.
  let report: proto.VerificationReport | undefined;
  try {
    const policy = {
      keys: given.length > 0 ? given : await auditor.audited.trustedKeys(),
      ...{ witnesses: ofWitnesses, witnessesNeeded: witnesses },
    };
    const request = {
      policy,
      seen,
      scheduled: false,
      context: commandContext(call, ''),
      signal: call.signal,
    };
    const begun = auditor.clock.monotonicMs();
    for await (const told of verifiedLog(auditor, request)) {
      if ('progress' in told) yield { part: { $case: 'progress', value: told.progress } };
      else if ('finding' in told) yield { part: { $case: 'finding', value: toFinding(told.finding) } };
      else {
        const { auditId } = told;
        const durationMs = Math.round(auditor.clock.monotonicMs() - begun);
        const { counts, signedBy, ...rest } = told.report;
        const more = { auditId, signedBy: [...signedBy], counts: { ...counts }, durationMs };
        report = { ...rest, ...more } as proto.VerificationReport;
      }
    }
  } finally {
    underWay.delete(auditor);
  }
  if (report !== undefined) yield { part: { $case: 'report', value: report } };
}

function keysIn(field: string, texts: readonly string[], problems: Problem[]): readonly VerifierKey[] {
  if (texts.length > most) problems.push({ code: 'TOO_MANY', field, message: `at most ${most}` });
  return texts.slice(0, most).flatMap((text, i) => {
    try {
      return [...parseVerifierKeys(text, field === 'keys' ? 'ed25519' : 'cosignature')];
    } catch (error) {
      if (!isDomainError(error)) throw error;
      problems.push({
        code: error.code,
        field: `${field}[${i}]`,
        message: error.message,
        found: text.slice(0, 120),
      });
      return [];
    }
  });
}
