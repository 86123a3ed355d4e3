import { visible } from './text-problem.js';

/** What was found, for a problem: at most 120 characters, nothing that a terminal would act on. */
export function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value).slice(0, 120);
  if (typeof value === 'string') return visible(JSON.stringify(value.slice(0, 200)).slice(0, 119));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    const first = keys.slice(0, 3).map((key) => visible(key).slice(0, 24));
    return keys.length === 0 ? '{}' : `{ ${first.join(', ')}${keys.length > 3 ? ', …' : ''} }`;
  }
  return String(value);
}

const shapes = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(?:ghp|gho|ghs|ghu|github_pat|glpat|xox[abprs]|sk|rk|pk|hf|npm|dckr_pat|AKIA|ASIA|AIza|ya29)[-_]?[A-Za-z0-9_-]{16,}/,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}/,
  /:\/\/[^\s/:@]+:[^\s/@]{3,}@/,
];

/** Whether a text has the shape of a credential: private keys, well-known tokens, passwords in URLs. */
export const looksSecret = (text: string): boolean =>
  shapes.some((shape) => shape.test(text.slice(0, 10_000)));
