import type { Flag, Literal } from './facts.js';
import { isNode, lastOf, lineOf, literalOf, nameOf, propertiesOf, type Node } from './syntax.js';

const plain = {
  type: null,
  default: null,
  float: false,
  choices: null,
  computed: false,
  help: null,
  required: false,
  nargs: false,
};
const textOf = (value: Literal | undefined): string | null => (typeof value === 'string' ? value : null);

/** Flags of `parseArgs({ options: { lr: { type: 'string', default: '0.1' } } })`. */
export function parseArgsFlags(argument: unknown): Flag[] {
  return [...propertiesOf(propertiesOf(argument).get('options'))].map(([name, option]) => {
    const fields = propertiesOf(option);
    const written = literalOf(fields.get('default'));
    const boolean = literalOf(fields.get('type')) === 'boolean';
    // parseArgs knows only texts; one that reads as a number is used as one.
    const number = typeof written === 'string' && /^-?\d+(?:\.\d+)?(?:e-?\d+)?$/i.test(written);
    return {
      ...plain,
      name,
      flag: `--${name}`,
      action: boolean ? 'store_true' : 'store',
      default: boolean ? (written ?? false) : number ? Number(written) : (written ?? null),
      float: number && /[.e]/i.test(written),
      computed: fields.has('default') && written === undefined,
      nargs: literalOf(fields.get('multiple')) === true,
      line: lineOf(option),
    };
  });
}

/** A flag of commander: `.option('--lr <rate>', 'step size', parseFloat, 0.1)`. */
export function commanderFlag(kind: string, call: Node): Flag[] {
  const args = call['arguments'] as Node[];
  const [text, help, ...rest] = args.map(literalOf);
  if (typeof text !== 'string') return [];
  const position = /^[[<]([\w-]+)(\.\.\.)?[\]>]$/.exec(text);
  const long = /--([\w-]+)/.exec(text);
  if (kind === 'argument' ? position === null : long === null) return [];
  const words = (kind === 'argument' ? position?.[1] : long?.[1]) ?? '';
  const takesValue = kind === 'argument' || /[<[]/.test(text);
  const negative = words.startsWith('no-') && !takesValue;
  const last = rest.at(-1);
  const parser = args.slice(2).map((argument) => lastOf(nameOf(argument)));
  const parsed = parser.some((name) => /^(?:parseFloat|Number)$/.test(name))
    ? 'float'
    : parser.some((name) => name === 'parseInt')
      ? 'int'
      : null;
  const number = typeof last === 'string' && parsed !== null && !Number.isNaN(Number(last));
  return [
    {
      ...plain,
      name: (negative ? words.slice(3) : words).replace(/-([a-z])/g, (_, letter: string) =>
        letter.toUpperCase(),
      ),
      flag: kind === 'argument' ? words : `--${words}`,
      action: takesValue ? 'store' : negative ? 'store_false' : 'store_true',
      type: parsed,
      default: takesValue ? (number ? Number(last) : (last ?? null)) : negative,
      float: typeof last === 'number' && /[.e]/i.test(String(args.at(-1)?.['raw'])),
      computed: takesValue && last === undefined && args.length > 2 && isNode(args.at(-1)) && parsed === null,
      help: textOf(help),
      required: (kind === 'requiredOption' || text.startsWith('<')) && last === undefined,
      nargs: text.includes('...'),
      line: lineOf(call),
    },
  ];
}
