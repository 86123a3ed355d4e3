import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { makeFolders } from '#disk';
import { DomainError, systemChance } from '#kernel';

type Env = NodeJS.ProcessEnv;

const home = (env: Env, variable: string, fallback: string): string =>
  join(env[variable] || join(homedir(), fallback), 'holdfast');

/**
 * Where an embedded server keeps everything: `--data-dir`, HOLDFAST_DATA_DIR, else the user's data folder (XDG).
 * @throws DATA_DIR_EMPTY where the option is: it would be the current folder
 */
export function dataDirOf(env: Env, given?: string): string {
  if (given === '')
    throw new DomainError('invalid', 'DATA_DIR_EMPTY', '--data-dir is empty; name a folder, or leave it out');
  return resolve(given ?? (env['HOLDFAST_DATA_DIR'] || home(env, 'XDG_DATA_HOME', '.local/share')));
}

/** Where what can be computed again is kept for this user (XDG). */
export const cacheDirOf = (env: Env): string => home(env, 'XDG_CACHE_HOME', '.cache');

/** Where is kept what must not be forgotten, but is no setting: checkpoints that were seen (XDG). */
export const stateDirOf = (env: Env): string => home(env, 'XDG_STATE_HOME', '.local/state');

/** The namespace of `holdfast.yaml` in the current folder, as far as a glance tells. */
export function namespaceHere(): string | undefined {
  try {
    const text = readFileSync('holdfast.yaml', 'utf8').slice(0, 64 * 1024);
    return /^blueprint:[ \t]*["']?([a-z][a-z0-9-]{0,62})\//m.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

const pseudonymFile = (env: Env): string => join(home(env, 'XDG_CONFIG_HOME', '.config'), 'pseudonym');

/** How whoever was erased goes on. */
export const anotherPseudonym = (env: Env): string =>
  env['HOLDFAST_ACTOR']
    ? 'HOLDFAST_ACTOR says who this is: give it another UUID to go on as somebody new'
    : `this was you: remove ${pseudonymFile(env)}, and the next command goes on as somebody new`;

/**
 * The random pseudonym by which events know this user, made on first use. Names never travel.
 * HOLDFAST_ACTOR replaces it, for CI.
 */
export function pseudonym(env: Env): string {
  const given = env['HOLDFAST_ACTOR'];
  if (given) return given;
  const file = pseudonymFile(env);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    const made = systemChance.uuid();
    try {
      makeFolders(dirname(file));
      writeFileSync(file, `${made}\n`, { flag: 'wx', mode: 0o600 });
      return made;
    } catch {
      // Made by another command meanwhile, or a home that cannot be written: then this command alone bears it.
      try {
        return readFileSync(file, 'utf8').trim();
      } catch {
        return made;
      }
    }
  }
}
