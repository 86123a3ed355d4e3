/** What is wrong with a text that people read and compare by eye; undefined when nothing is. */
export type TextProblem = { readonly code: string; readonly message: string; readonly fix: string };

// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/u;
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const zeroWidth =
  /[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0]/u;
const joiner = /[\u200c\u200d]/u;
const tags = /[\u{e0000}-\u{e0fff}]/u;

/**
 * Refuses what makes two texts look alike or read in another order than they are (Unicode TR 36, TR 39): controls,
 * bidirectional overrides, invisible characters, text that is not NFC. Joiners are allowed in prose.
 */
export function textProblem(text: string, prose = false): TextProblem | undefined {
  if (!text.isWellFormed()) return refused('TEXT_UNSAFE', 'has half a surrogate pair', text, /\p{Cs}/u);
  if (control.test(text)) return refused('TEXT_UNSAFE', 'has a control character', text, control);
  if (bidi.test(text))
    return refused('TEXT_UNSAFE', 'has a character that turns the reading direction', text, bidi);
  const hidden = [zeroWidth, tags, ...(prose ? [] : [joiner])].find((pattern) => pattern.test(text));
  if (hidden) return refused('TEXT_UNSAFE', 'has an invisible character', text, hidden);
  if (text.normalize('NFC') === text) return undefined;
  return {
    code: 'TEXT_NOT_NFC',
    message: 'is not in Unicode normal form C, so a text that looks the same is another one',
    fix: `write ${visible(text.normalize('NFC'))}`,
  };
}

function refused(code: string, message: string, text: string, pattern: RegExp): TextProblem {
  const point = pattern.exec(text)?.[0].codePointAt(0) ?? 0;
  return { code, message, fix: `remove U+${point.toString(16).toUpperCase().padStart(4, '0')}` };
}

const unseen = /[^\P{C}\n]|[\u2028\u2029\u034f\u115f\u1160\u3164\uffa0]/gu;

/** For showing a hostile text: what cannot be seen is written as `\u{…}`, and at most 120 characters of it. */
export function visible(text: string): string {
  const start = text.length > 120 ? `${text.slice(0, 119).toWellFormed()}…` : text;
  return start.replace(unseen, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
