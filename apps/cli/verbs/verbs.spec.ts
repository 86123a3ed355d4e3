import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eventTypes } from '#contracts/stored';
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

  it('names the verbs of a group', async () => {
    await expect(parsed('knob set')).rejects.toThrow(
      /unknown command 'set' of knob; there are list, declare/,
    );
    await expect(parsed('knob list set')).rejects.toThrow('knob list takes no set');
    expect((await parsed('knob -q'))?.verb.usage).toBe('knob list');
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

describe('the document that maps records to requirements', () => {
  const root = new URL('../../../../', import.meta.url);
  const text = readFileSync(new URL('infra/compliance.md', root), 'utf8');
  const named = [...text.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words);

  it('names verbs, options, events, findings and files that there are', () => {
    const commands = named.filter((words) => words.startsWith('holdfast '));
    expect(commands.length).toBeGreaterThan(30);
    for (const command of commands) {
      const words = command.split(' ').slice(1);
      const verb = verbs.find(({ usage }) => {
        const own = usage.split(' ').filter((word) => !/^[<[]/.test(word));
        return own.every((word, i) => words[i] === word);
      });
      const flags = ['-o', ...(verb?.options ?? []).flatMap((option) => option.flags.split(/,? /))];
      const unknown = words.filter((word) => word.startsWith('-') && !flags.includes(word));
      expect({ command, verb: verb !== undefined, unknown }).toEqual({ command, verb: true, unknown: [] });
    }
    const types = text.match(/(?<=--type )\w+/g) ?? [];
    const told = named.filter((word) => /^([A-Z][a-z]+){2,}$/.test(word));
    for (const type of [...types, ...told]) expect(eventTypes).toContain(type);
    const findings = readFileSync(new URL('libs/verification/findings.ts', root), 'utf8');
    for (const code of named.filter((word) => /^[A-Z]+_[A-Z_]+$/.test(word)))
      expect(findings).toContain(code);
    for (const path of named.filter((word) => word.includes('/') && !word.includes(' ')))
      expect([path, existsSync(new URL(path, root))]).toEqual([path, true]);
  });

  it('says of each requirement what supports it, and certifies nothing', () => {
    const sections = text.split(/^## /m).slice(1);
    for (const wanted of ['11.10(e)', 'Annex 11 §9', 'ALCOA+', 'AI Act', '42001', 'CC8.1'])
      expect(sections.filter((section) => section.split('\n')[0]?.includes(wanted))).toHaveLength(1);
    for (const section of sections.filter((each) => each.includes('\n|')))
      expect(section).toMatch(/^\| .*\| Supported by +\| Shown by /m);
    expect(text).not.toMatch(/certified|certifies|compliant with|guarantee/i);
  });
});
