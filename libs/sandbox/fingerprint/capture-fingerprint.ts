import { systemClock, type Digest, type JsonObject } from '#kernel';
import { digestValue } from '#evidence';
import type { EnvironmentSpec } from '../environment/index.js';
import { gpuSection } from './gpu-section.js';
import {
  clockSection,
  cpuSection,
  librariesSection,
  localeSection,
  memorySection,
  osSection,
} from './host-sections.js';
import { environmentSections } from './environment-sections.js';

/** In this order in lists; a difference is named by its section. */
export const sectionNames = [
  'os',
  'cpu',
  'memory',
  'libraries',
  'runtime',
  'packages',
  'gpu',
  'locale',
  'clock',
] as const;
export type FingerprintSection = (typeof sectionNames)[number];

/** What surrounds the steps on this host. Nothing in it changes from one run to the next by itself. */
export interface Fingerprint {
  /** `{holdfast: 'fingerprint/1', sections: {…}}`; its canonical JSON is the blob. */
  readonly document: JsonObject;
  /** SHA-256 of the document's canonical JSON. */
  readonly digest: Digest;
  readonly sections: Readonly<Record<FingerprintSection, Digest>>;
}

/**
 * Captures the host and the environment as steps of it find them. What a tool has to be asked for and
 * digests of files are found out once per process, for as long as their files stay the same; the host is looked at once a second
 * at most, since what changes while a step is being prepared is not seen in any case.
 */
export async function captureFingerprint({
  environment,
}: {
  readonly environment: EnvironmentSpec;
}): Promise<Fingerprint> {
  const [host, own] = await Promise.all([hostNow(), environmentSections(environment)]);
  const sections = inOrder({ ...host.sections, ...own });
  const document: JsonObject = { holdfast: 'fingerprint/1', sections };
  return {
    document,
    digest: digestValue(document),
    sections: inOrder({ ...host.digests, ...digestsOf(own) }),
  };
}

type Sections<Name extends FingerprintSection> = Readonly<Record<Name, JsonObject>>;
type Digests<Name extends FingerprintSection> = Readonly<Record<Name, Digest>>;
type OfEnvironment = 'runtime' | 'packages';
type OfHost = Exclude<FingerprintSection, OfEnvironment>;

const digestsOf = <Name extends FingerprintSection>(sections: Sections<Name>): Digests<Name> =>
  Object.fromEntries(
    Object.entries<JsonObject>(sections).map(([name, section]) => [name, digestValue(section)]),
  ) as Digests<Name>;

const inOrder = <T>(by: Readonly<Record<FingerprintSection, T>>): Readonly<Record<FingerprintSection, T>> =>
  Object.fromEntries(sectionNames.map((name) => [name, by[name]])) as Record<FingerprintSection, T>;

const freshMs = 1_000;
type Host = { readonly sections: Sections<OfHost>; readonly digests: Digests<OfHost> };
let last: { readonly atMs: number; readonly host: Promise<Host> } | undefined;

function hostNow(): Promise<Host> {
  const atMs = systemClock.monotonicMs();
  if (last !== undefined && atMs - last.atMs < freshMs) return last.host;
  const host = lookAtHost();
  last = { atMs, host };
  host.catch(() => (last = undefined));
  return host;
}

async function lookAtHost(): Promise<Host> {
  const [libraries, gpu] = await Promise.all([librariesSection(), gpuSection()]);
  const sections = {
    ...{ os: osSection(), cpu: cpuSection(), memory: memorySection() },
    ...{ libraries, gpu, locale: localeSection(), clock: clockSection() },
  };
  return { sections, digests: digestsOf(sections) };
}
