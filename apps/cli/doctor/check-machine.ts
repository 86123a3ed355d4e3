import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fail, ok, warn, type Finding } from './finding.js';

const neededMajor = 26;

/** What the machine itself must have, wherever the server is. */
export async function checkMachine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  return [node(), ...(await Promise.all(tools.map((tool) => checkTool(tool, env))))];
}

function node(): Finding {
  const version = process.versions.node;
  return Number(version.split('.')[0]) >= neededMajor
    ? ok('node', `${version} at ${process.execPath}`)
    : fail('node', version, `run \`npm ci\` in the installation: it brings Node ${neededMajor}`);
}

interface Tool {
  readonly name: string;
  readonly commands: readonly string[];
  readonly without: string;
}

/** Only some experiments need them. */
const tools: readonly Tool[] = [
  {
    name: 'python',
    commands: ['python3', 'python'],
    without: 'experiments in Python cannot be started or run',
  },
  { name: 'git', commands: ['git'], without: 'code named by a commit (`code: { git: … }`) cannot be locked' },
];

async function checkTool({ name, commands, without }: Tool, env: NodeJS.ProcessEnv): Promise<Finding> {
  for (const command of commands) {
    const at = await onPath(command, env['PATH'] ?? '');
    if (at !== undefined) return ok(name, at);
  }
  return warn(name, 'not on the PATH', `install ${name}; without it ${without}`);
}

async function onPath(command: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((part) => part !== '')) {
    const at = join(folder, command);
    if (
      await access(at, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return at;
  }
  return undefined;
}
