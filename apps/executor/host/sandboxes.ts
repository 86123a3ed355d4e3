import { DomainError, type Clock, type FaultPoint } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { openSandbox, probeIsolation, type IsolationProbe, type Sandbox } from '#sandbox';
import { offeredLevels, sandboxLevels, type SandboxLevel } from './isolation.js';

/** The rooms of this host in which steps run. */
export interface Sandboxes {
  readonly probe: IsolationProbe;
  /** Strongest first; at least one. */
  readonly offered: readonly SandboxLevel[];
  /** Opened when it is first asked for. */
  at(level: SandboxLevel): Promise<Sandbox>;
  close(): Promise<void>;
}

export interface SandboxesOptions {
  readonly sandbox: 'auto' | SandboxLevel;
  readonly sandboxRequired: boolean;
  readonly scratchDir: string;
  readonly store: ArtifactStore;
  readonly clock: Clock;
  /** Default: the sandbox's own. */
  readonly inputCacheMib?: number;
  readonly graceMs?: number;
  readonly reach?: FaultPoint;
}

/** @throws SANDBOX_UNAVAILABLE when this host offers nothing that the settings allow */
export async function openSandboxes(options: SandboxesOptions): Promise<Sandboxes> {
  const { scratchDir, store, clock, inputCacheMib, graceMs, reach } = options;
  const probe = await probeIsolation();
  const offered = offeredLevels(options, probe);
  if (offered.length === 0) throw nothingOffered(options, probe);
  const open = new Map<SandboxLevel, Promise<Sandbox>>();
  const more = {
    ...(inputCacheMib === undefined ? {} : { inputCacheBytes: inputCacheMib * 2 ** 20 }),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(reach ? { reach } : {}),
  };
  return {
    probe,
    offered,
    at(level) {
      const sandbox = open.get(level) ?? openSandbox({ level, scratchDir, store, clock, ...more });
      open.set(level, sandbox);
      sandbox.catch(() => open.delete(level));
      return sandbox;
    },
    async close() {
      for (const sandbox of open.values()) await (await sandbox).close();
    },
  };
}

function nothingOffered({ sandbox, sandboxRequired }: SandboxesOptions, probe: IsolationProbe): DomainError {
  const why = sandboxLevels.flatMap((level) => {
    const finding = probe[level];
    return finding.available ? [] : [`${level}: ${finding.why}`];
  });
  const asked = `HOLDFAST_SANDBOX=${sandbox}${sandboxRequired ? ' with HOLDFAST_SANDBOX_REQUIRED=1' : ''}`;
  const message = `${asked} leaves no way to run steps on this host; ${why.join('; ')}`;
  return new DomainError('unavailable', 'SANDBOX_UNAVAILABLE', message);
}
