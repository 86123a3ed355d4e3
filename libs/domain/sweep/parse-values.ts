import { textProblem } from '#domain/declaration';
import type { Report } from './axis-problems.js';
import { sweepLimits } from './limits.js';
import { looksLikeNumber, parseNumber } from './parse-number.js';
import type { AxisValue } from './space.js';

/** What a knob of the catalogue takes. */
export type KnobType = 'number' | 'integer' | 'string' | 'boolean';

type Item = { readonly text: string; readonly quoted: boolean };

/** Values between commas; a text in double quotes, as in JSON, may hold commas. Undefined after what it reported. */
export function parseValues(
  written: string,
  type: KnobType | undefined,
  report: Report,
): readonly AxisValue[] | undefined {
  const items = split(written, report);
  if (items === undefined) return undefined;
  if (items.length > sweepLimits.members) {
    const message = `a sweep has at most ${sweepLimits.members} members`;
    report(
      'SWEEP_TOO_LARGE',
      message,
      'write fewer values, or draw them: random(a,b)',
      `${items.length} values`,
    );
    return undefined;
  }
  const taken = type ?? likeliestType(items);
  const values = items.map((item) => valueOf(item, taken, report));
  const seen = new Set<AxisValue>();
  values.forEach((value, at) => {
    if (value !== undefined && seen.has(value))
      report('SWEEP_VALUE_TWICE', 'is there twice', 'keep one', items[at]?.text ?? '');
    if (value !== undefined) seen.add(value);
  });
  return values.includes(undefined) ? undefined : (values as AxisValue[]);
}

/** For a knob that the catalogue does not know, which admission will say. */
function likeliestType(items: readonly Item[]): KnobType {
  if (items.every(({ text, quoted }) => !quoted && looksLikeNumber(text))) return 'number';
  return items.every(({ text, quoted }) => !quoted && isBoolean(text)) ? 'boolean' : 'string';
}

const isBoolean = (text: string): boolean => text === 'true' || text === 'false';

function valueOf({ text, quoted }: Item, type: KnobType, report: Report): AxisValue | undefined {
  if (text === '' && !quoted) {
    report(
      'SWEEP_VALUE_MISSING',
      'a value is missing',
      'write values between the commas; "" is the empty text',
    );
    return undefined;
  }
  if (type === 'string') return textOf(text, report);
  if (type === 'boolean') {
    if (!quoted && isBoolean(text)) return text === 'true';
    report('SWEEP_VALUE_INVALID', 'the knob takes true or false', 'write true,false', text);
    return undefined;
  }
  if (!quoted) return parseNumber(text, type === 'integer', report);
  report('SWEEP_NUMBER_INVALID', 'must be a number', 'leave the quotes out', text);
  return undefined;
}

function textOf(text: string, report: Report): string | undefined {
  const problem = textProblem(text);
  const tooLong = text.length > sweepLimits.valueChars;
  if (problem) report(problem.code, problem.message, problem.fix, text);
  if (tooLong) report('TEXT_TOO_LONG', `has more than ${sweepLimits.valueChars} characters`, 'shorten it');
  return problem || tooLong ? undefined : text;
}

const quotedText = /"(?:[^"\\]|\\.)*"/y;

function split(written: string, report: Report): readonly Item[] | undefined {
  const items: Item[] = [];
  for (let at = 0; at <= written.length; at++) {
    while (written[at] === ' ') at++;
    if (written[at] !== '"') {
      const comma = written.indexOf(',', at);
      const end = comma === -1 ? written.length : comma;
      items.push({ text: written.slice(at, end).trim(), quoted: false });
      at = end;
      continue;
    }
    quotedText.lastIndex = at;
    const text = unquoted(quotedText.exec(written)?.[0]);
    at = text === undefined ? written.length : quotedText.lastIndex;
    while (written[at] === ' ') at++;
    if (text === undefined || (at < written.length && written[at] !== ',')) {
      report(
        'SWEEP_VALUE_INVALID',
        'a text in quotes does not end',
        'quote the whole value, as in JSON',
        written,
      );
      return undefined;
    }
    items.push({ text, quoted: true });
  }
  return items;
}

function unquoted(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as string);
  } catch {
    return undefined;
  }
}
