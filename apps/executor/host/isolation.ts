import type { Isolation } from '#domain/manifest';
import type { IsolationProbe } from '#sandbox';

export const sandboxLevels = ['bubblewrap', 'process'] as const;
/** A level that this release can run steps at. */
export type SandboxLevel = (typeof sandboxLevels)[number];

const isolates: Readonly<Record<SandboxLevel, boolean>> = { bubblewrap: true, process: false };

/** Whether a level keeps the host out of reach of a step. */
export const isIsolated = (level: SandboxLevel): boolean => isolates[level];

/** Levels that this executor offers, strongest first: what works here, as far as its settings allow. */
export const offeredLevels = (
  {
    sandbox,
    sandboxRequired,
  }: { readonly sandbox: 'auto' | SandboxLevel; readonly sandboxRequired: boolean },
  probe: Pick<IsolationProbe, SandboxLevel>,
): SandboxLevel[] =>
  sandboxLevels.filter(
    (level) =>
      (sandbox === 'auto' || sandbox === level) &&
      (!sandboxRequired || isIsolated(level)) &&
      probe[level].available,
  );

/** The level for a manifest, or why there is none here. */
export function levelFor(
  isolation: Isolation | null,
  offered: readonly SandboxLevel[],
): { readonly level: SandboxLevel } | { readonly why: string } {
  const level =
    isolation === null
      ? offered[0]
      : offered.find((one) => (isolation === 'required' ? isIsolated(one) : one === isolation));
  if (level !== undefined) return { level };
  const asked = isolation === 'required' ? 'isolation from the host' : `isolation at level ${isolation}`;
  return { why: `the run requires ${asked}; this executor offers ${offered.join(', ')}` };
}
