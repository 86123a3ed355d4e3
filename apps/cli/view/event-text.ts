import type { common } from '#contracts';
import type { Json, JsonObject } from '#kernel';
import { bytes, nounOf, shortDigest, shortId } from '../output/units.js';
import { readBytes } from './plain.js';

/** What an event says beyond its type, short enough for one line; nothing for a type that is not known here. */
export function eventText({ type, envelope }: Pick<common.Event, 'type' | 'envelope'>): string {
  const data = dataOf(envelope);
  const say = Object.hasOwn(texts, type) ? texts[type] : undefined;
  return data === undefined || say === undefined ? '' : say(data).trim();
}

export const dataOf = (envelope: Uint8Array): JsonObject | undefined =>
  object(object(readBytes(envelope))?.['data']);

const object = (value: Json | undefined): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;

const at = (data: JsonObject, ...path: string[]): string => {
  const value = path.reduce<Json | undefined>((found, key) => object(found)?.[key], data);
  return value === undefined || value === null
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
};
const count = (data: JsonObject, key: string): number => {
  const value = data[key];
  return Array.isArray(value) ? value.length : 0;
};
const short = (data: JsonObject, ...path: string[]) => shortDigest(at(data, ...path));

const step = (data: JsonObject) =>
  `${at(data, 'step')}${data['fold'] === null ? '' : `[${at(data, 'fold')}]`}`;
const failure = (data: JsonObject) => `${at(data, 'failure', 'class')}: ${at(data, 'failure', 'message')}`;
const attempt = (data: JsonObject) => `attempt ${at(data, 'epoch')}`;
const metrics = (data: JsonObject) => {
  const list = Array.isArray(data['metrics']) ? (data['metrics'] as readonly JsonObject[]) : [];
  return list
    .map((metric) => `${at(metric, 'name')} ${Number(Number(at(metric, 'value')).toPrecision(6))}`)
    .join(', ');
};

const order = (data: JsonObject) => `by order of ${at(data, 'authority')}`;
const by = (data: JsonObject) => {
  const actor = at(data, 'asked', 'actor');
  return actor === '' ? '' : ` by ${shortId(actor)}`;
};
/** As `history` shows streams. */
const stream = (data: JsonObject, ...path: string[]) => {
  const [, kind = '', id = ''] = /^([a-z]+)-(.*)$/s.exec(at(data, ...path)) ?? [];
  return `${kind} ${shortId(id)}`;
};
const disposed = (data: JsonObject) =>
  data['run'] === undefined
    ? `dataset ${at(data, 'dataset', 'name')}@${at(data, 'dataset', 'number')}`
    : `run ${shortId(at(data, 'run'))}`;
const kept = (data: JsonObject) =>
  data['keepForDays'] === null ? 'for ever' : nounOf(Number(at(data, 'keepForDays')), 'day');

const texts: Readonly<Record<string, (data: JsonObject) => string>> = {
  RunSubmitted: (data) => `${at(data, 'blueprint', 'name')} ${short(data, 'blueprint', 'version')}`,
  RunAdmitted: (data) =>
    `key ${short(data, 'reproducibilityKey')}, ${nounOf(Number(at(data, 'stepsTotal')), 'step')}`,
  RunRejected: (data) => nounOf(count(data, 'problems'), 'problem'),
  RunClaimed: (data) => `${attempt(data)} by executor ${shortId(at(data, 'executor'))}`,
  RunStarted: (data) => `${attempt(data)}, isolation ${at(data, 'isolation', 'level')}`,
  StepCompleted: (data) => `${step(data)}, ${nounOf(count(data, 'outputs'), 'output')}`,
  StepFailed: (data) => `${step(data)}, ${failure(data)}`,
  RunRetried: (data) => `${attempt(data)} ended, ${failure(data)}`,
  RunLeaseExpired: attempt,
  RunCompleted: metrics,
  RunFailed: failure,
  RunCancelled: attempt,
  SweepSubmitted: (data) =>
    `${at(data, 'blueprint', 'name')} ${short(data, 'blueprint', 'version')}, ${at(data, 'members')} members`,
  ExecutorJoined: (data) =>
    `pool ${at(data, 'pool')}, ${nounOf(Number(at(data, 'slots')), 'slot')}, release ${at(data, 'release')}`,
  ExecutorModeChanged: (data) => at(data, 'mode'),
  ExecutorScaled: (data) => (data['slots'] === null ? 'its own slots' : `${at(data, 'slots')} slots`),
  CollectionFinished: (data) =>
    `${nounOf(Number(at(data, 'blobsRemoved')), 'blob')}, ${bytes(Number(at(data, 'bytesRemoved')))} removed`,
  RetentionClassDeclared: (data) => `${at(data, 'name')}, ${kept(data)}`,
  RetentionLengthened: (data) => `${at(data, 'name')}, ${kept(data)}`,
  RetentionShortened: (data) => `${at(data, 'name')}, ${kept(data)}`,
  RetentionAssigned: (data) => `${at(data, 'label')} to ${at(data, 'class')}`,
  ArtifactsDisposed: (data) =>
    `${disposed(data)}, ${nounOf(count(data, 'blobs'), 'blob')} under class ${at(data, 'class')}${data['early'] === true ? ' before its time' : ''}, ${order(data)}`,
  DisposalFinished: (data) =>
    `${nounOf(Number(at(data, 'blobs')), 'blob')}, ${bytes(Number(at(data, 'bytes')))} gone`,
  DisposalWithdrawn: (data) => at(data, 'hold'),
  ScrubFinished: (data) =>
    `${nounOf(Number(at(data, 'blobs')), 'blob')}, ${at(data, 'corruptTotal')} corrupt, ${at(data, 'missingTotal')} missing`,
  BlueprintVersionDeclared: (data) => `${at(data, 'name')} ${short(data, 'version')}`,
  KnobDeclared: (data) => `${at(data, 'declaration', 'knob')}, default ${at(data, 'declaration', 'default')}`,
  KnobRevised: (data) => `${at(data, 'declaration', 'knob')}, revision ${at(data, 'revision')}`,
  KnobRetired: (data) => `revision ${at(data, 'revision')}`,
  DatasetVersionAdded: (data) => `${at(data, 'name')}@${at(data, 'number')} ${short(data, 'digest')}`,
  EnvironmentRegistered: (data) =>
    `${at(data, 'declaration', 'environment')} ${short(data, 'declaration', 'digest')}`,
  EnvironmentDescribed: (data) => at(data, 'declaration', 'environment'),
  BundleSealed: (data) => `core ${short(data, 'core')}, ${at(data, 'members')} members`,
  BundleImported: (data) => `core ${short(data, 'core')}, ${at(data, 'members')} members`,
  ReproductionStarted: (data) =>
    `of run ${shortId(at(data, 'originalRun'))} as run ${shortId(at(data, 'repeatedRun'))}`,
  ReproductionConcluded: (data) =>
    `${at(data, 'verdict')}, ${nounOf(Number(at(data, 'differencesTotal')), 'difference')}`,
  AuditConcluded: (data) =>
    `${at(data, 'kind')} ${at(data, 'outcome')}, ${at(data, 'checked')} checked, ${nounOf(Number(at(data, 'findings')), 'finding')}`,
  PersonErased: order,
  HoldPlaced: (data) => `${at(data, 'label') || stream(data, 'subject')}, ${order(data)}`,
  HoldReleased: order,
  SignerKeyClaimed: (data) => `signs for one person: ${at(data, 'key')}`,
  SignerEnrolled: (data) => `signs with ${at(data, 'key')}`,
  Signed: (data) =>
    `${at(data, 'statement', 'meaning')} of ${stream(data, 'statement', 'subject')} revision ${at(data, 'statement', 'revision')}, ${at(data, 'statement', 'type')}`,
  TrailReviewed: (data) => `${at(data, 'first')} to ${at(data, 'last')}: ${at(data, 'outcome')}`,
  NamedEditionTaken: (data) => `of run ${shortId(at(data, 'run'))}, core ${short(data, 'core')}`,
  SigningKeyRotated: (data) => `to ${at(data, 'next')}`,
  SignerKeyReplaced: (data) =>
    data['signatureBefore'] === undefined ? 'the key before is lost' : 'vouched for by the key before',
  TrailRead: (data) =>
    `${at(data, 'question')} of ${at(data, 'asked', 'subject') || 'everything'}${by(data)}${data['follows'] === true ? ', following' : ''}`,
  TrailExportStarted: (data) =>
    `positions ${at(data, 'first')} up to ${at(data, 'end')}${by(data)}${at(data, 'asked', 'edition') === 'named' ? ', with names' : ''}`,
  TrailExported: (data) => `${at(data, 'events')} events, ${short(data, 'manifest')}`,
  BaselineAccepted: (data) =>
    `${at(data, 'blueprint')}:${at(data, 'metric')} version ${at(data, 'version')}, ${nounOf(count(data, 'runs'), 'run')}`,
  BaselineRetired: (data) => `version ${at(data, 'version')}`,
  BaselineHeld: (data) => `run ${shortId(at(data, 'run'))}, ${at(data, 'method')}`,
  DriftDetected: (data) => {
    const findings = Array.isArray(data['findings']) ? (data['findings'] as readonly JsonObject[]) : [];
    const subjects = findings.map((finding) => `${at(finding, 'kind')} ${at(finding, 'subject')}`);
    return `run ${shortId(at(data, 'run'))}: ${subjects.slice(0, 3).join(', ')}${subjects.length > 3 ? ', …' : ''}`;
  },
};
