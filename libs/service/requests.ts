import type { Problem } from '#kernel';
import { grammars, measuringNamespace, textProblem } from '#domain/declaration';
import { missing } from '#platform';
import type { Condition } from '#read-store';

/** Where things are when a request names no namespace: one person's own, without second approval. */
export const defaultNamespace = 'default';

export const namespaceOf = (given: string): string => (given === '' ? defaultNamespace : given);

/** Things that are found by id: without a namespace those of every one. */
export const inside = (namespace: string): readonly Condition[] =>
  namespace === '' ? [] : [{ field: 'namespace', is: namespace }];

/** What people list, and the newest of it: without a namespace everything but what the installation measures itself with. */
export const listed = (namespace: string): readonly Condition[] =>
  namespace === '' ? [{ field: 'namespace', isNot: measuringNamespace }] : inside(namespace);

/** What is wrong with a namespace that may be left out, which is then not {@link defaultNamespace} but any. */
export const insideProblems = (namespace: string): readonly Problem[] =>
  namespace === '' ? [] : nameProblems('namespace', namespace);

/** For messages. */
export const insideText = (namespace: string): string => (namespace === '' ? '' : ` in ${namespace}`);

const longestReasonChars = 4_000;

/** What is wrong with a name of namespaces, datasets and environments. */
export function nameProblems(field: string, name: string): readonly Problem[] {
  const { code, pattern, rule, fix } = grammars.slug;
  return pattern.test(name) ? [] : [{ code, field, message: rule, found: name.slice(0, 120), fix }];
}

/** Every change says why. */
export function reasonProblems(reason: string): readonly Problem[] {
  const absent = missing('reason', reason);
  if (absent.length > 0) return absent.map((problem) => ({ ...problem, fix: 'say why: `--reason TEXT`' }));
  if (reason.length > longestReasonChars) {
    const message = `has more than ${longestReasonChars} characters`;
    return [{ code: 'TEXT_TOO_LONG', field: 'reason', message, fix: 'shorten it' }];
  }
  return textFieldProblems('reason', reason);
}

/** Text for people: NFC, without control, bidirectional and invisible characters. */
export function textFieldProblems(field: string, text: string): readonly Problem[] {
  const problem = textProblem(text, true);
  return problem === undefined ? [] : [{ field, ...problem }];
}

const longestAuthorityChars = 200;

/** By whose order something is kept or goes. */
export const authorityProblems = (authority: string): readonly Problem[] =>
  authority.trim() !== '' && authority.length <= longestAuthorityChars
    ? textFieldProblems('authority', authority)
    : [
        {
          ...{ code: 'AUTHORITY_INVALID', field: 'authority', found: authority.slice(0, 120) },
          message: `says by whose order, in 1 to ${longestAuthorityChars} characters`,
          fix: 'such as the number of the case or the policy',
        },
      ];
