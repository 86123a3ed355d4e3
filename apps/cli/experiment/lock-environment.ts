import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isDomainError, type Problem } from '#kernel';
import { hashFile, type DigestCache } from '#evidence/files';
import type { Lock } from '#domain/blueprint';
import { nearest } from '#domain/declaration';
import { hostPythonDigest, type EnvironmentDeclaration } from '#domain/environment';
import { architectures } from '#domain/manifest';
import { placed } from './lock-code.js';
import type { Experiment } from './read-experiment.js';
import { slugOf } from './slug.js';

export interface LockedEnvironment {
  readonly pin: Lock['environment'];
  readonly architecture: Lock['architecture'];
  /** To register, when it is one of this machine or an image; absent when the catalogue has it already. */
  readonly declaration?: EnvironmentDeclaration;
}

/** Newest registered environments of a name; of every name when none is given. */
export type FindEnvironments = (name?: string) => Promise<readonly EnvironmentDeclaration[]>;

/** What the environment of a blueprint is on this machine, by digest. */
export async function lockEnvironment(
  experiment: Experiment,
  findEnvironments: FindEnvironments,
  problems: Problem[],
  cache?: DigestCache,
): Promise<LockedEnvironment | undefined> {
  const { environment, architecture: wanted } = experiment.blueprint;
  const here = architectures.find((known) => known === (process.arch as string));
  const architecture = wanted ?? here;
  const report = (code: string, message: string, fix: string, found: string) =>
    void problems.push(
      placed(experiment, ['environment'], { code, field: 'environment', message, found, fix }),
    );
  if (architecture === undefined) {
    const fix = `name one: ${architectures.join(', ')}`;
    return report('ARCHITECTURE_UNKNOWN', 'this machine is none that Holdfast knows', fix, process.arch);
  }
  if (typeof environment === 'string') {
    if (environment === builtIn)
      return architecture === here ? node(architecture, cache) : elsewhere(report, architecture);
    return named(environment, architecture, findEnvironments, report);
  }
  if ('image' in environment) {
    const [image = '', digest = ''] = environment.image.split('@');
    const pin = { name: nameFor(experiment, 'image'), kind: 'image', image, digest } as Lock['environment'];
    return { pin, architecture, declaration: declarationOf(pin, architecture, {}) };
  }
  return architecture === here
    ? hostPython(experiment, environment.host, architecture, report)
    : elsewhere(report, architecture);
}

type Report = (code: string, message: string, fix: string, found: string) => undefined;
type Architecture = Lock['architecture'];

const builtIn = `node-${process.versions.node.split('.')[0]}`;

/** Large, and the same for as long as this process runs on it. */
let ownNode: ReturnType<typeof hashFile> | undefined;

/** This installation's own Node. */
async function node(architecture: Architecture, cache?: DigestCache): Promise<LockedEnvironment> {
  const { hashed } = await (ownNode ??= hashFile(process.execPath, cache ? { cache } : {}));
  if (hashed === undefined) throw new Error(`${process.execPath} cannot be read`);
  const pin = { name: builtIn, kind: 'node', digest: hashed.digest } as const;
  return {
    pin,
    architecture,
    declaration: declarationOf(pin, architecture, { version: process.versions.node }),
  };
}

async function hostPython(
  experiment: Experiment,
  host: { readonly python: string; readonly lock: string },
  architecture: Architecture,
  report: Report,
): Promise<LockedEnvironment | undefined> {
  const { hostPythonEnvironment } = await import('#sandbox');
  const venv = join(experiment.folder, host.python);
  try {
    const { interpreter, packages, lock, version } = await hostPythonEnvironment(venv, {
      lockFile: join(experiment.folder, host.lock),
    });
    if (lock === undefined) throw new Error('a lock file that was named was read');
    const digest = hostPythonDigest({ interpreter, packages, lock });
    const pin = {
      name: nameFor(experiment, 'python'),
      kind: 'host-python',
      digest,
      interpreter,
      packages,
      lock,
    } as const;
    const location = await realpath(venv);
    return { pin, architecture, declaration: declarationOf(pin, architecture, { version, location }) };
  } catch (error) {
    if (isDomainError(error) && error.kind === 'not-found')
      return report(error.code, error.message, `run \`python3 -m venv ${host.python}\``, host.python);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const fix = `write it: \`${host.python}/bin/pip freeze > ${host.lock}\``;
    return report('FILE_MISSING', 'the lock file of the packages is not there', fix, host.lock);
  }
}

async function named(
  name: string,
  architecture: Architecture,
  findEnvironments: FindEnvironments,
  report: Report,
): Promise<LockedEnvironment | undefined> {
  const fits = (await findEnvironments(name)).filter((known) => known.architecture === architecture);
  const newest = fits.at(-1);
  if (newest !== undefined) return { pin: pinOf(newest), architecture };
  const names = [builtIn, ...(await findEnvironments()).map((known) => known.environment)];
  const near = nearest(name, names);
  const fix = near
    ? `did you mean ${near}?`
    : `register it: \`holdfast environment register\`; built in is ${builtIn}`;
  return report('ENVIRONMENT_UNKNOWN', `is not in the catalogue for ${architecture}`, fix, name);
}

function elsewhere(report: Report, architecture: Architecture): undefined {
  const fix = 'lock it on such a machine, or leave `architecture` out';
  return report(
    'ARCHITECTURE_ELSEWHERE',
    `only a machine of ${architecture} has this environment`,
    fix,
    process.arch,
  );
}

const nameFor = ({ name }: Experiment, kind: string): string => `${slugOf(name, 62 - kind.length)}-${kind}`;

function pinOf(declared: EnvironmentDeclaration): Lock['environment'] {
  const { environment: name, digest } = declared;
  switch (declared.kind) {
    case 'node':
      return { name, kind: 'node', digest };
    case 'image':
      return { name, kind: 'image', digest, image: declared.image };
    case 'host-python': {
      const { interpreter, packages, lock } = declared;
      return { name, kind: 'host-python', digest, interpreter, packages, lock };
    }
  }
}

const declarationOf = (
  { name, ...pin }: Lock['environment'],
  architecture: Architecture,
  about: { readonly version?: string; readonly location?: string },
): EnvironmentDeclaration =>
  ({ environment: name, architecture, ...pin, ...about }) as EnvironmentDeclaration;
