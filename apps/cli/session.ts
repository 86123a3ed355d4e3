import { join } from 'node:path';
import type { Connection } from '#rpc';
import { DomainError, systemClock, type Clock } from '#kernel';
import type { DigestCache } from '#evidence/files';
import { addressesOf, type Addresses } from './addresses.js';
import type { Format } from './output/format.js';
import { openTerminal, type Terminal } from './output/terminal.js';
import { runningServer, startServer, type EmbeddedServer } from './server.js';
import { settle } from './settle.js';
import { cacheDirOf, dataDirOf, namespaceHere, pseudonym } from './settings.js';

/** Options that every verb takes. */
export interface GlobalOptions {
  readonly format?: Format;
  readonly quiet?: boolean;
  readonly server?: string;
  readonly dataDir?: string;
  readonly namespace?: string;
  readonly color?: boolean;
  readonly yes?: boolean;
  /** False after `--no-cache`, which only verbs that hash what is submitted take. */
  readonly cache?: boolean;
}

/** A server that restarts is waited for; one that is not there is told of soon. */
const retryForMs = 3_000;

/** What a verb works with: the terminal, and a server that is found or started only when it is first asked for. */
export interface Session {
  readonly terminal: Terminal;
  readonly format: Format;
  readonly quiet: boolean;
  /** Of names: what was asked for, else that of the blueprint in this folder, else `default`. */
  readonly namespace: string;
  /** Of ids: only what was asked for; a run is found wherever it is. */
  readonly namespaceOfIds: string;
  /** What `-n` said; a file that says another one is not what was meant. */
  readonly namespaceNamed?: string;
  /** For what is a name, with a colon in it, or an id. */
  namespaceFor(nameOrId: string): string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  connection(): Promise<Connection>;
  /** Digests of files that did not change since an earlier command; undefined after `--no-cache`. Never for what verifies. */
  digests(): Promise<DigestCache | undefined>;
  /** True when the server lives only as long as this command. */
  readonly ownsServer: boolean;
  /** Whether there is a server that goes on after this command; asks nobody, starts nothing. */
  hasServer(): boolean;
  close(): Promise<void>;
}

/**
 * @param given instead of the terminal of this process
 * @param settleMs see {@link settle}
 * @throws NAMESPACE_EMPTY, DATA_DIR_EMPTY
 */
export function openSession(
  options: GlobalOptions,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  given?: Terminal,
  settleMs?: number,
): Session {
  if (options.namespace === '')
    throw new DomainError('invalid', 'NAMESPACE_EMPTY', '-n is empty; name a namespace, or leave it out');
  const terminal = given ?? openTerminal(env, { noColour: options.color === false });
  const dataDir = dataDirOf(env, options.dataDir);
  let connecting: Promise<Connection> | undefined;
  let owned: EmbeddedServer | undefined;
  let namespace: string | undefined;
  const asked = options.namespace ?? env['HOLDFAST_NAMESPACE'] ?? '';

  const address = async (): Promise<Addresses> => {
    const named = addressesOf(options.server, env);
    if (named !== undefined) return named;
    const running = runningServer(dataDir);
    if (running) return running.address;
    const told = (text: string) => terminal.note(text);
    owned = await startServer(dataDir, 0, env, { signal, told, givesUp: true });
    terminal.note(
      `no server was running: one works for this command, on ${dataDir} (\`holdfast up\` keeps one)`,
    );
    return owned.address;
  };

  return {
    terminal,
    format: options.format ?? 'table',
    quiet: options.quiet ?? false,
    get namespace() {
      return (namespace ??= asked || (namespaceHere() ?? 'default'));
    },
    namespaceOfIds: asked,
    ...(options.namespace === undefined ? {} : { namespaceNamed: options.namespace }),
    namespaceFor(nameOrId) {
      return nameOrId.includes(':') ? this.namespace : asked;
    },
    dataDir,
    env,
    clock: systemClock,
    signal,
    connection: () =>
      (connecting ??= (async () => {
        const [{ connect }, target] = await Promise.all([import('#rpc'), address()]);
        const metadata = { 'holdfast-actor': pseudonym(env), 'holdfast-actor-type': 'person' };
        return connect(target, { defaults: { metadata, signal, retryForMs } });
      })()),
    digests: async () => {
      if (options.cache === false) return undefined;
      const { openDigestCache } = await import('#evidence/files');
      return openDigestCache(join(cacheDirOf(env), 'digests'), systemClock);
    },
    get ownsServer() {
      return owned !== undefined;
    },
    hasServer: () =>
      addressesOf(options.server, env) !== undefined ||
      (owned === undefined && runningServer(dataDir) !== undefined),
    async close() {
      const connection = await connecting?.catch(() => undefined);
      if (connection !== undefined && owned === undefined && !signal.aborted)
        await settle(connection, settleMs);
      connection?.close();
      await owned?.stop();
    },
  };
}
