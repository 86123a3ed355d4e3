import { Command, Option } from 'commander';
import { formats } from './output/format.js';
import type { GlobalOptions } from './session.js';
import type { Options, Verb } from './verb.js';
import { version } from './version.js';

type Invoke = (verb: Verb, global: GlobalOptions, args: readonly string[], options: Options) => Promise<void>;

/** The command line as commander knows it, made from the table of verbs. */
export function buildProgram(
  verbs: readonly Verb[],
  groups: Readonly<Record<string, string>>,
  invoke: Invoke,
): Command {
  const program = new Command('holdfast')
    .description('Keeps experiments from drifting: declared, pinned, run, reproduced, explained.')
    .version(version, '--version', 'print the version')
    .showSuggestionAfterError()
    .showHelpAfterError('(holdfast --help lists every verb)')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nTwo commands and no edit:\n  $ holdfast init train.py\n  $ holdfast run\n\nExit status: 0 success, 1 fault, 2 invalid, 3 run failed, 4 difference or drift, 5 evidence does not hold,\n6 server unreachable or full, 7 denied, 8 not found, 130 interrupted.',
    );
  addGlobalOptions(program);
  const parents = new Map<string, Command>();
  for (const verb of verbs) {
    const [first = '', ...rest] = verb.usage.split(' ');
    const group = groups[first];
    const parent =
      group === undefined ? program : (parents.get(first) ?? addGroup(program, parents, first, group));
    addVerb(parent, group === undefined ? verb.usage : rest.join(' '), verb, invoke);
  }
  return program;
}

const globalOptions = (): Option[] => [
  new Option('-o, --format <format>', 'how to show results').choices(formats),
  new Option('-q, --quiet', 'ids only'),
  new Option('--server <host:port>', 'server to talk to (HOLDFAST_SERVER)'),
  new Option('--data-dir <dir>', 'folder of the embedded server (HOLDFAST_DATA_DIR)'),
  new Option(
    '-n, --namespace <name>',
    'default: that of ./holdfast.yaml, else `default` (HOLDFAST_NAMESPACE)',
  ),
  new Option('--no-color', 'no colours (NO_COLOR)'),
  new Option('-y, --yes', 'answer yes to every question'),
];

/** They may stand before the verb and after it; help shows them once. */
function addGlobalOptions(command: Command): void {
  for (const option of globalOptions())
    command.addOption(command.parent === null ? option : option.hideHelp());
}

/** What was said, the nearest to the verb first; what nobody said is at its default. */
function optionsOf(command: Command): GlobalOptions & Options {
  const chain: Command[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) chain.unshift(at);
  const said = chain.flatMap((at) =>
    Object.entries(at.opts()).filter(([name]) => at.getOptionValueSource(name) !== 'default'),
  );
  return { ...command.opts(), ...Object.fromEntries(said) } as GlobalOptions & Options;
}

function addGroup(program: Command, parents: Map<string, Command>, name: string, summary: string): Command {
  const command = program.command(name).description(summary);
  parents.set(name, command);
  return command;
}

function addVerb(parent: Command, usage: string, verb: Verb, invoke: Invoke): void {
  const command = parent
    .command(usage, { isDefault: verb.byDefault === true })
    .description(verb.summary)
    .addHelpText('after', `\nExamples:\n${verb.examples.map((example) => `  $ ${example}`).join('\n')}`);
  addGlobalOptions(command);
  if (verb.byDefault && command.registeredArguments.length === 0) command.allowExcessArguments();
  for (const { flags, description, required, many } of verb.options ?? []) {
    const option = new Option(flags, description).makeOptionMandatory(required === true);
    if (many) option.argParser((value: string, before: string[] = []) => [...before, value]);
    command.addOption(option);
  }
  command.action(async (...given: unknown[]) => {
    const args = given
      .slice(0, -2)
      .flatMap((arg) => (Array.isArray(arg) ? (arg as string[]) : [arg as string]));
    const present = args.filter((arg) => arg !== undefined);
    if (verb.byDefault) refuseUnknown(parent, command);
    const options = optionsOf(command);
    await invoke(verb, options, present, options);
  });
}

/** What is not a verb of a group is taken for an argument of its default one, which would complain of too many. */
function refuseUnknown(group: Command, byDefault: Command): void {
  const excess = byDefault.args[byDefault.registeredArguments.length];
  if (excess === undefined) return;
  const there = group.commands.map((command) => command.name()).join(', ');
  const message =
    group.args[0] === byDefault.name()
      ? `${group.name()} ${byDefault.name()} takes no ${excess}`
      : `unknown command '${excess}' of ${group.name()}; there are ${there}`;
  group.error(`error: ${message}`, { code: 'commander.unknownCommand', exitCode: 1 });
}
