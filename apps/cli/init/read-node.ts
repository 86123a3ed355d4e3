import { builtinModules, stripTypeScriptTypes } from 'node:module';
import { parse } from 'acorn';
import type { Constant, FileUse, Flag, Literal, ScriptFacts, SeedCall, SyntaxFault } from './facts.js';
import { commanderFlag, parseArgsFlags } from './node-flags.js';
import { isNode, lastOf, lineOf, literalOf, nameOf, nodesUnder, type Node } from './syntax.js';

const reads = new Set(['readFileSync', 'readFile', 'createReadStream', 'readFileLines']);
const writes = new Set([
  'writeFileSync',
  'writeFile',
  'createWriteStream',
  'appendFileSync',
  'appendFile',
  'outputFileSync',
]);

/** Facts of a JavaScript or TypeScript program for Node: parsed, never run. */
export function readNode(source: string, typescript: boolean): ScriptFacts | SyntaxFault {
  try {
    const text = typescript ? stripTypeScriptTypes(source) : source;
    return factsOf(parseEither(text), text);
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number; column: number } };
    const what = message.replace(/\s*\(\d+:\d+\)$/, '').split('\n')[0] ?? '';
    return { error: { message: what, line: loc?.line ?? 1, column: (loc?.column ?? 0) + 1 } };
  }
}

function parseEither(text: string): Node {
  const options = { ecmaVersion: 'latest', locations: true, allowHashBang: true } as const;
  try {
    return parse(text, { ...options, sourceType: 'module' }) as unknown as Node;
  } catch (error) {
    try {
      return parse(text, {
        ...options,
        sourceType: 'script',
        allowReturnOutsideFunction: true,
      }) as unknown as Node;
    } catch {
      throw error;
    }
  }
}

function factsOf(program: Node, text: string): ScriptFacts {
  const constants = constantsOf(program, text);
  const texts = new Map<string, Literal>(constants.map(({ name, value }) => [name, value]));
  const flags: Flag[] = [];
  const [read, written]: [FileUse[], FileUse[]] = [[], []];
  const seeds: SeedCall[] = [];
  const metrics: string[] = [];
  const imports = new Set<string>();
  let random = false;
  for (const node of nodesUnder(program)) {
    const from = importOf(node);
    if (from !== undefined) imports.add(from);
    if (node.type !== 'CallExpression') continue;
    const name = nameOf(node['callee']);
    const last = lastOf(name);
    const args = node['arguments'] as Node[];
    if (last === 'parseArgs') flags.push(...parseArgsFlags(args[0]));
    if (['option', 'requiredOption', 'argument'].includes(last)) flags.push(...commanderFlag(last, node));
    for (const flag of flags) if (flag.default !== null) texts.set(`flag:${flag.name}`, flag.default);
    const path = pathOf(args[0], texts);
    if (path !== undefined && reads.has(last)) read.push({ path, line: lineOf(node) });
    if (path !== undefined && writes.has(last)) written.push({ path, line: lineOf(node) });
    if (/^(?:seed|seedrandom|setSeed)$/.test(last) && args[0] !== undefined)
      seeds.push({
        call: name ?? last,
        line: lineOf(node),
        name: lastOf(nameOf(args[0])) || null,
        value: literalOf(args[0]) ?? null,
      });
    if (name === 'Math.random') random = true;
    if (name === 'console.log' || name === 'process.stdout.write') metrics.push(...printed(args));
  }
  return {
    flags,
    constants,
    reads: read,
    writes: written,
    imports: [...imports].sort(),
    seeds,
    metrics,
    random,
  };
}

/** `const` at the top level, on one line, or `let` that nothing assigns to again. */
function constantsOf(program: Node, text: string): Constant[] {
  const again = new Set<string>();
  for (const node of nodesUnder(program)) {
    if (node.type === 'AssignmentExpression') again.add(nameOf(node['left']) ?? '');
    if (node.type === 'UpdateExpression') again.add(nameOf(node['argument']) ?? '');
  }
  return (program['body'] as Node[]).flatMap((statement) => {
    const declaration =
      statement.type === 'ExportNamedDeclaration' ? (statement['declaration'] as Node | null) : statement;
    if (declaration?.type !== 'VariableDeclaration' || declaration.loc?.start.line === undefined) return [];
    const [only, ...more] = declaration['declarations'] as Node[];
    const [name, init] = [nameOf(only?.['id']), only?.['init']];
    const value = literalOf(init);
    if (more.length > 0 || name === undefined || value === undefined || !isNode(init) || again.has(name))
      return [];
    if (lineOf(init) !== lineOf(statement) || init.loc?.end.line !== lineOf(init)) return [];
    if (text[statement.start - 1] !== undefined && text[statement.start - 1] !== '\n') return [];
    const was = text.slice(init.start, init.end);
    const float = typeof value === 'number' && /[.e]/i.test(was);
    return [{ name, value, was, float, line: lineOf(init) }];
  });
}

/** A path as written: a literal, a constant, a flag's value, or `join` and `new URL` of these. */
function pathOf(node: unknown, texts: ReadonlyMap<string, Literal>): string | undefined {
  if (!isNode(node)) return undefined;
  const literal = literalOf(node) ?? (node.type === 'Identifier' ? texts.get(nameOf(node) ?? '') : undefined);
  if (typeof literal === 'string') return literal;
  if (node.type === 'MemberExpression') {
    const value = texts.get(`flag:${lastOf(nameOf(node))}`);
    return typeof value === 'string' ? value : undefined;
  }
  const args = (node['arguments'] ?? []) as Node[];
  const name = nameOf(node['callee']);
  if (node.type === 'NewExpression' && name === 'URL') return pathOf(args[0], texts)?.replace(/^\.\//, '');
  if (node.type !== 'CallExpression' || !/^(?:path\.)?(?:join|resolve)$/.test(name ?? '')) return undefined;
  const own = (part: Node) =>
    nameOf(part) === '__dirname' || /^import\.meta|\.dirname$/.test(nameOf(part) ?? '');
  const parts = args.filter((part) => !own(part)).map((part) => pathOf(part, texts));
  return parts.includes(undefined) ? undefined : parts.join('/');
}

function importOf(node: Node): string | undefined {
  const required = node.type === 'CallExpression' && nameOf(node['callee']) === 'require';
  const source = required ? (node['arguments'] as Node[])[0] : node['source'];
  const from = literalOf(source);
  if (typeof from !== 'string' || /^[./#]|^node:|^data:/.test(from)) return undefined;
  const name = from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
  return builtinModules.includes(name) ? undefined : name;
}

function printed(args: readonly Node[]): string[] {
  let before: string | undefined;
  return args.flatMap((argument) => {
    const literal = literalOf(argument);
    if (argument.type === 'TemplateLiteral' && literal === undefined) {
      const quasis = argument['quasis'] as { value: { cooked: string } }[];
      return quasis.slice(0, -1).map(({ value }) => value.cooked);
    }
    const found = before !== undefined && literal === undefined ? [before] : [];
    before = typeof literal === 'string' ? literal : undefined;
    return found;
  });
}
