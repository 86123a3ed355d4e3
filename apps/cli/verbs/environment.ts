import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { assertNoProblems, DomainError, type Problem } from '#kernel';
import type { registry } from '#contracts';
import type { EnvironmentDeclaration } from '#domain/environment';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showList, showOne } from '../output/format.js';
import { listed } from '../output/pages.js';
import { facts, type Column } from '../output/table.js';
import { shortDigest, when } from '../output/units.js';
import { plain, readBytes } from '../view/plain.js';
import { text, type Action, type Options } from '../verb.js';

type Environment = registry.Environment;

/** Registers what steps execute in, by digest: from a declaration, or from a Python environment of this machine. */
export const register: Action = async (session, [file], options) => {
  const { terminal, format, quiet, namespace } = session;
  const declaration = await declarationFrom(file, options);
  const reason = text(options, 'reason') ?? `registered from ${file ?? text(options, 'python')}`;
  const { registry } = await session.connection();
  const { environment, created } = await registry.registerEnvironment(
    { namespace, name: '', declaration: Buffer.from(JSON.stringify(declaration)), reason },
    commandKey(),
  );
  if (environment === undefined) throw new Error('the server answered without an environment');
  if (quiet) terminal.out(environment.digest);
  else
    await showOne(terminal, format, plain({ ...environment, created }), () =>
      facts([
        ['environment', `${environment.name}, number ${environment.number}`],
        ['kind', environment.kind],
        ['digest', environment.digest],
        ['outcome', created ? 'registered' : 'as it was'],
      ]),
    );
  return exitStatus.success;
};

export const list: Action = async (session, _args, options) => {
  const { terminal, format, quiet, namespace } = session;
  const { registry } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const request = { namespace, ...page };
    const answer = await registry.listEnvironments(request, { repeatable: true });
    return { rows: answer.environments, nextPageToken: answer.nextPageToken };
  });
  const empty = 'no environments registered; built in is the Node of this installation';
  const view = {
    columns,
    json: (row: Environment) => plain(row),
    id: ({ digest }: Environment) => digest,
    empty,
  };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

async function declarationFrom(file: string | undefined, options: Options): Promise<EnvironmentDeclaration> {
  const python = text(options, 'python');
  if (file !== undefined && python === undefined) {
    const { readDeclarations } = await import('../experiment/read-declarations.js');
    const [declaration] = await readDeclarations('environment', [file]);
    if (declaration !== undefined) return declaration;
  }
  const [name, lock] = [text(options, 'name'), text(options, 'lock')];
  if (file !== undefined || python === undefined || name === undefined || lock === undefined)
    throw new DomainError(
      'invalid',
      'ENVIRONMENT_UNSAID',
      'give a declaration (`holdfast schema environment`), or --python VENV --lock FILE --name NAME',
    );
  return hostPython(python, lock, name);
}

async function hostPython(python: string, lockFile: string, name: string): Promise<EnvironmentDeclaration> {
  const [{ hostPythonEnvironment }, { checkEnvironment, hostPythonDigest }] = await Promise.all([
    import('#sandbox'),
    import('#domain/environment'),
  ]);
  const location = await realpath(python).catch(() => resolve(python));
  const found = await hostPythonEnvironment(location, { lockFile }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    const fix = `write it: \`${python}/bin/pip freeze > ${lockFile}\``;
    throw new DomainError('not-found', 'FILE_MISSING', `--lock ${lockFile}: there is no such file; ${fix}`);
  });
  const { interpreter, packages, version, lock } = found;
  if (lock === undefined) throw new Error('a lock file that was named was read');
  const digest = hostPythonDigest({ interpreter, packages, lock });
  const { value, problems } = checkEnvironment({
    ...{ environment: name, kind: 'host-python', architecture: process.arch },
    ...{ digest, interpreter, packages, lock, version, location },
  });
  assertNoProblems(problems.map(asOption), 'ENVIRONMENT_INVALID');
  return value as EnvironmentDeclaration;
}

const asOption = (problem: Problem): Problem =>
  problem.field === 'environment' ? { ...problem, field: '--name' } : problem;

const versionOf = ({ declaration }: Environment): string =>
  ((readBytes(declaration) ?? {}) as { version?: string }).version ?? '';

const columns: readonly Column<Environment>[] = [
  { title: 'name', value: ({ name }) => name },
  { title: 'number', align: 'right', value: ({ number }) => number },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'version', value: versionOf },
  { title: 'digest', value: ({ digest }) => shortDigest(digest) },
  { title: 'registered', value: ({ registeredAt }) => when(registeredAt) },
  { title: 'stream', wide: true, value: ({ stream }) => stream },
];
