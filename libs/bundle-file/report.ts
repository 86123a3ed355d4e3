import type { Digest, Problem } from '#kernel';

/** What checking a bundle gave: facts that hold, in plain words, and everything that does not. */
export interface BundleReport {
  readonly core?: Digest;
  readonly run?: string;
  readonly reproducibilityKey?: string;
  readonly outcome?: string;
  readonly members: number;
  readonly totalBytes: number;
  /** Fingerprints (SHA-256 of the DER form, hex) of the given keys that signed the attestations. */
  readonly signedBy?: readonly string[];
  /** The log that holds it, by checkpoints that a given key has signed; `sealedAt` is the entry that seals this core. */
  readonly log?: {
    readonly origin: string;
    readonly size: number;
    readonly sealedAt?: number;
    readonly witnesses: readonly string[];
  };
  readonly proven: readonly string[];
  readonly notProven: readonly string[];
  readonly problems: readonly Problem[];
}

/** What one check found. */
export interface Findings {
  readonly proven?: readonly string[];
  readonly notProven?: readonly string[];
  readonly problems: readonly Problem[];
}

export const problem = (field: string, message: string, found?: string): Problem => ({
  code: 'EVIDENCE_FAILS',
  field,
  message,
  ...(found === undefined ? {} : { found: found.slice(0, 200) }),
});

/** What a check stumbles over is the bundle's fault: said, never thrown. */
export async function found(
  field: string,
  check: () => Promise<readonly Problem[]> | readonly Problem[],
): Promise<readonly Problem[]> {
  try {
    return await check();
  } catch (error) {
    return [problem(field, (error as Error).message)];
  }
}
