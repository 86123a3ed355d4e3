import { isDigest, type Digest, type JsonObject, type Problem } from '#kernel';
import { digestValue } from '#evidence';
import { missing } from '#platform';
import { nameProblems, problemsOf, readOverrides, reasonProblems, textFieldProblems } from '#service';

/** What to run, as it is asked for. */
export interface RunRequest {
  /** Empty: that of the blueprint. */
  readonly namespace: string;
  readonly what:
    | { readonly $case: 'blueprint'; readonly value: string }
    | { readonly $case: 'manifest'; readonly value: string }
    | undefined;
  /** JSON object: knob name to value; empty for none. */
  readonly overrides: Uint8Array;
  readonly reason: string;
  readonly pool?: string | undefined;
  readonly priority: number;
  readonly reproductionOf?: string | undefined;
  /** Set for a member of a sweep, whose reason is that of the sweep. */
  readonly sweep?: { readonly id: string; readonly index: number };
}

export interface CheckedRequest {
  readonly overrides: JsonObject;
  /** The same for the same request, so that an idempotency key cannot be used for another one. */
  readonly digest: Digest;
  /** As older releases made it, of the reason too: what somebody wrote could be guessed from it after they were erased. */
  digestBefore(): Digest;
  readonly problems: readonly Problem[];
}

export const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Everything that is wrong with a request by itself, whatever it asks for. */
export function checkRequest(request: RunRequest): CheckedRequest {
  const { namespace, what, reason, pool, priority, reproductionOf, sweep } = request;
  const { value: overrides = {}, problems: unreadable } = problemsOf(() => readOverrides(request.overrides));
  const overridden = Object.keys(overrides).length > 0;
  const problems = [
    ...(namespace === '' ? [] : nameProblems('namespace', namespace)),
    ...whatProblems(what, overridden),
    ...unreadable.map((problem) => ({ ...problem, field: problem.field || 'overrides' })),
    ...(overridden && sweep === undefined ? reasonProblems(reason) : textFieldProblems('reason', reason)),
    ...(pool === undefined ? [] : nameProblems('pool', pool)),
    ...priorityProblems(priority),
    ...(reproductionOf === undefined ? [] : uuidProblems('reproduction_of', reproductionOf)),
  ];
  const asked = {
    ...{ namespace, what: what ? { [what.$case]: what.value } : null, overrides, priority },
    ...{ pool: pool ?? null, reproductionOf: reproductionOf ?? null, sweep: sweep ? { ...sweep } : null },
  };
  const digestBefore = () => digestValue({ ...asked, reason });
  return { overrides, digest: digestValue(asked), digestBefore, problems };
}

function whatProblems(what: RunRequest['what'], overridden: boolean): readonly Problem[] {
  if (what === undefined || what.value === '')
    return missing('blueprint', '').map((problem) => ({ ...problem, fix: 'name a blueprint or a manifest' }));
  if (what.$case === 'blueprint') return [];
  const digest: Problem = {
    code: 'DIGEST_INVALID',
    field: 'manifest',
    message: 'a manifest is named by its digest: sha256: and 64 lower-case hex digits',
    found: what.value.slice(0, 120),
  };
  const fixed: Problem = {
    code: 'OVERRIDES_WITH_MANIFEST',
    field: 'overrides',
    message: 'a manifest is run exactly as it is',
    fix: 'leave the overrides out, or run the blueprint',
  };
  return [...(isDigest(what.value) ? [] : [digest]), ...(overridden ? [fixed] : [])];
}

export const priorityProblems = (priority: number): readonly Problem[] =>
  priority >= -100 && priority <= 100
    ? []
    : [
        {
          code: 'PRIORITY_INVALID',
          field: 'priority',
          message: 'must be from -100 to 100, higher first',
          found: String(priority),
        },
      ];

export const uuidProblems = (field: string, value: string): readonly Problem[] =>
  uuidPattern.test(value)
    ? []
    : [{ code: 'ID_INVALID', field, message: 'must be a UUID in lower case', found: value.slice(0, 120) }];
