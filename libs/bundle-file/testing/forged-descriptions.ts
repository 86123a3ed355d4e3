import { descriptionPaths } from '#domain/bundle';
import { before, member, without, type Forged } from './forgeries.js';

const { crate, prov, openlineage, sbom } = descriptionPaths;

/** Crate, lineage, provenance and software. */
export const forgedDescriptions: readonly Forged[] = [
  [
    'with other software than was captured, described and signed',
    before(sbom, '"version":"26.10.0"', '"version":"26.10.1"'),
    /sbom.cdx.json: runtime is not what the fingerprint says/,
  ],
  [
    'with a crate that tells of another knob',
    member(crate, '"value":"0.1"', '"value":"0.2"'),
    /#knob\/l2 is not what the manifest pins/,
  ],
  [
    'with a crate that tells of another environment',
    member(crate, /"softwareVersion":"sha256:[^"]*","identifier":"sha256:./, '"identifier":"sha256:x'),
    /#environment is not what the manifest pins/,
  ],
  [
    'with a crate of another person',
    member(
      crate,
      /"agent":\{"@id":"urn:uuid:[^"]*"\},"instrument":\{"@id":"manifest/,
      '"agent":{"@id":"urn:uuid:x"},"instrument":{"@id":"manifest',
    ),
    /was submitted by somebody else, the history says/,
  ],
  [
    'with a crate whose step gave another file',
    member(crate, /("name":"steps\/1\/train"[^]*?"result":\{"@id":)"steps[^"]*"/, '$1"manifest.json"'),
    /#action\/steps\/1\/train gave other files than the history says/,
  ],
  [
    'with lineage of other data',
    member(openlineage, /"datasetVersion":"sha256:./, '"datasetVersion":"sha256:x'),
    /names data of which manifest and history say nothing/,
  ],
  [
    'with lineage of a step that failed',
    member(openlineage, 'COMPLETE', 'FAIL'),
    /has steps that ended otherwise/,
  ],
  [
    'with a crate that names another file',
    member(crate, '"@id":"fingerprint.json","@type"', '"@id":"other.json","@type"'),
    /other.json is no member of the bundle/,
  ],
  ['without its crate', without(crate), /ro-crate-metadata.json is missing/],
  [
    'with a crate of another run',
    member(crate, /"identifier":"urn:uuid:[^"]*"/, '"identifier":"urn:uuid:x"'),
    /about another run/,
  ],
  ['with a crate that is no JSON', member(crate, '{', '['), /ro-crate-metadata.json/],
  [
    'with lineage of another end',
    member(openlineage, /COMPLETE(?![^]*COMPLETE)/, 'FAIL'),
    /ended otherwise than the history says/,
  ],
  [
    'with provenance of other bytes',
    member(prov, /"holdfast:digest":"sha256:./, '"holdfast:digest":"sha256:g'),
    /is not what the history says/,
  ],
  [
    'with software of another environment',
    member(sbom, /sha256:/, 'sha257:'),
    /another environment than the fingerprint/,
  ],
  [
    'with a crate nested too deep',
    { member: (path, bytes) => (path === crate ? Buffer.from('['.repeat(100_000)) : bytes) },
    /nest|deep/,
  ],
  [
    'with lineage cut short',
    { member: (path, bytes) => (path === openlineage ? bytes.subarray(0, bytes.indexOf(10) + 1) : bytes) },
    /does not tell of every step/,
  ],
];
