import type { Digest, JsonObject } from '#kernel';
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
 * digests of files are found out once per process, for as long as their files stay the same.
 */
export async function captureFingerprint({
  environment,
}: {
  readonly environment: EnvironmentSpec;
}): Promise<Fingerprint> {
  const [libraries, { runtime, packages }, gpu] = await Promise.all([
    librariesSection(),
    environmentSections(environment),
    gpuSection(),
  ]);
  const host = { os: osSection(), cpu: cpuSection(), memory: memorySection(), libraries };
  const sections = { ...host, runtime, packages, gpu, locale: localeSection(), clock: clockSection() };
  const document: JsonObject = { holdfast: 'fingerprint/1', sections };
  const digests = Object.fromEntries(sectionNames.map((name) => [name, digestValue(sections[name])]));
  return { document, digest: digestValue(document), sections: digests as Record<FingerprintSection, Digest> };
}
