import type { Digest, Json, JsonObject } from '#kernel';
import { nameId } from '#evidence';
import { hexOf, jsonBytes } from './record.js';
import { holdfast } from './names.js';

/**
 * The software of a captured environment as CycloneDX 1.6: interpreter, what is built into it, packages, system libraries. It
 * says what the fingerprint says and nothing that would differ between two runs in one environment.
 */
export function sbomBytes(fingerprint: {
  readonly digest: Digest;
  readonly document: JsonObject;
}): Uint8Array {
  const sections = objectIn(fingerprint.document, 'sections');
  const runtime = objectIn(sections, 'runtime');
  const os = objectIn(sections, 'os');
  const isNode = runtime['kind'] === 'node';
  const versions = objectIn(runtime, 'versions');
  const version = isNode ? textIn(versions, 'node') : (textIn(runtime, 'version').split(' ')[0] ?? '');
  const name = isNode ? 'node' : 'python';
  const digest = textIn(runtime, 'digest');
  return jsonBytes({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${nameId('sbom', fingerprint.digest)}`,
    version: 1,
    metadata: {
      component: {
        ...{ type: 'platform', 'bom-ref': 'environment', name: 'environment', version: fingerprint.digest },
        properties: [{ name: 'holdfast:fingerprint', value: fingerprint.digest }],
      },
      tools: { components: [{ type: 'application', name: holdfast.name }] },
    },
    components: [
      {
        ...{ type: 'application', 'bom-ref': 'runtime', name, ...versioned(version) },
        ...(version === '' ? {} : { purl: `pkg:generic/${name}@${encodeURIComponent(version)}` }),
        ...hashed(digest),
      },
      ...builtIn(versions),
      ...packages(objectIn(sections, 'packages')),
      ...libraries(objectIn(sections, 'libraries')),
      ...system(os),
    ],
  });
}

/** What an interpreter of Node brings with it; what stands for an interface number is no software. */
const builtIn = (versions: JsonObject) =>
  Object.entries(versions)
    .filter(([name, version]) => !['node', 'modules', 'napi'].includes(name) && typeof version === 'string')
    .sort(byName)
    .map(([name, version]) => ({
      ...{ type: 'library', 'bom-ref': `runtime/${name}`, name, version: version as string },
      scope: 'required',
    }));

function packages(section: JsonObject) {
  const installed = Array.isArray(section['installed']) ? (section['installed'] as readonly Json[]) : [];
  return installed.flatMap((entry) => {
    const [name = '', version = ''] = typeof entry === 'string' ? entry.split('==') : [];
    if (name === '') return [];
    const at = version === '' ? '' : `@${encodeURIComponent(version)}`;
    const purl = `pkg:pypi/${encodeURIComponent(name)}${at}`;
    return [{ type: 'library', 'bom-ref': purl, name, ...versioned(version), purl }];
  });
}

const libraries = (section: JsonObject) =>
  Object.entries(objectIn(section, 'files'))
    .sort(byName)
    .map(([name, digest]) => ({
      ...{ type: 'file', 'bom-ref': `library/${name}`, name },
      ...hashed(typeof digest === 'string' ? digest : ''),
    }));

function system(os: JsonObject) {
  const name = textIn(os, 'distribution') || textIn(os, 'kernel');
  if (name === '') return [];
  const version = textIn(os, 'distributionVersion') || textIn(os, 'kernelRelease');
  return [{ type: 'operating-system', 'bom-ref': 'os', name, ...versioned(version) }];
}

const versioned = (version: string) => (version === '' ? {} : { version });
const hashed = (digest: string) =>
  /^sha256:[0-9a-f]{64}$/.test(digest)
    ? { hashes: [{ alg: 'SHA-256', content: hexOf(digest as Digest) }] }
    : {};
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

const objectIn = (object: JsonObject, key: string): JsonObject => {
  const value = object[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
};
const textIn = (object: JsonObject, key: string): string => {
  const value = object[key];
  return typeof value === 'string' ? value : '';
};
