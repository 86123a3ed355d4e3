import { describe, expect, it } from '@jest/globals';
import { wordsOf } from '../completion/words.js';
import { buildProgram } from '../program.js';
import type { Verb } from '../verb.js';
import { groups, verbs } from './index.js';

/** What a command line would call, with nothing called. */
async function parsed(line: string) {
  let called: { verb: Verb; args: readonly string[]; options: object } | undefined;
  const program = buildProgram(verbs, groups, async (verb, _global, args, options) => {
    called = { verb, args, options };
  });
  const every = (command: typeof program): (typeof program)[] => [
    command,
    ...command.commands.flatMap(every),
  ];
  for (const command of every(program)) command.exitOverride().configureOutput({ writeErr: () => {} });
  await program.parseAsync(wordsIn(line), { from: 'user' });
  return called;
}

/** As a shell would cut it: quotes hold together, a redirection or a pipe ends the command. */
function wordsIn(line: string): string[] {
  const words = line.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  const end = words.findIndex((word) => /^[>|]/.test(word));
  return (end < 0 ? words : words.slice(0, end)).map((word) => word.replace(/^["']|["']$/g, ''));
}

describe('the table of verbs', () => {
  it.each(verbs.map((verb) => [verb.usage, verb] as const))(
    '%s has examples that are read as they stand',
    async (_, verb) => {
      expect(verb.examples.length).toBeGreaterThan(0);
      for (const example of verb.examples) {
        const [, line = ''] = /holdfast (.*?)\)?$/.exec(example) ?? [];
        expect((await parsed(line))?.verb).toBe(verb);
      }
    },
  );

  it('loads what every verb does', async () => {
    for (const verb of verbs) expect(await verb.load()).toBeInstanceOf(Function);
  });

  it('takes options before and after the verb; the nearer one counts', async () => {
    expect(await parsed('-o json --no-color runs -o yaml -q')).toMatchObject({
      options: { format: 'yaml', quiet: true, color: false },
    });
    expect(await parsed('runs')).toMatchObject({ options: { color: true } });
    expect(
      await parsed('run a.yaml --set a=1 b.yaml --set c=2').catch((error: Error) => error.message),
    ).toMatch(/too many arguments/);
    expect(await parsed('run --set a=1 --set b=2 a.yaml')).toMatchObject({
      args: ['a.yaml'],
      options: { set: ['a=1', 'b=2'] },
    });
  });

  it('names the nearest verb', async () => {
    let said = '';
    const program = buildProgram(verbs, groups, async () => {});
    program.exitOverride().configureOutput({ writeErr: (text) => (said += text) });
    await expect(program.parseAsync(['reproduc'], { from: 'user' })).rejects.toThrow('unknown command');
    expect(said).toContain('Did you mean reproduce?');
  });

  it('is what completion offers', () => {
    const { first, second, options } = wordsOf(verbs, groups);
    expect(first.map(([word]) => word)).toEqual(expect.arrayContaining(['run', 'knob', 'doctor']));
    expect(second['knob']?.map(([word]) => word)).toContain('list');
    expect(options['run']?.map(([flag]) => flag)).toEqual(
      expect.arrayContaining(['--set', '--frozen', '--format']),
    );
    expect(Object.keys(options)).toHaveLength(verbs.length);
  });
});
