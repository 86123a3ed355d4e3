import type { Json, JsonObject, Problem } from '#kernel';
import { digestBytes, parseJson } from '#evidence';
import { bundlePaths, parseLines, type Approval, type HistoryLine } from '#domain/bundle';
import { isSigned, parseStatement, signatureStream } from '#domain/signature';
import type { Story } from './check-story.js';
import { at, textOf } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';
import { found, problem, type Findings } from './report.js';

const { approvals: file, blueprint: document } = bundlePaths;
const mostBytes = 64 * 2 ** 20;

export interface Approved extends Findings {
  readonly approvals: readonly Approval[];
  /** How the version came to be, where its event is here. */
  readonly declared?: { readonly number: Json; readonly at: Json; readonly by: Json; readonly event: string };
  /** The events that hold them. */
  readonly signed: readonly HistoryLine[];
}

const nothingApproved: Approved = { approvals: [], signed: [], problems: [] };

/**
 * The declaration of the version that was run, as it is stored, and every signature over it. Each must be over exactly these bytes, by the
 * key that it names, of who recorded it; and the bytes must be about the version and the document of this bundle.
 */
export async function checkApprovals(bundle: OpenBundle, story: Story): Promise<Approved> {
  if (!bundle.core.entries.some(({ path }) => path === file)) return nothingApproved;
  const approvals: Approval[] = [];
  let events: readonly HistoryLine[] = [];
  let version: Approved['declared'];
  const problems = await found(file, async () => {
    const [declared, ...signed] = parseLines(await bundle.bytes(file, mostBytes), file);
    if (declared === undefined || signed.length === 0) throw new Error('approves nothing');
    const ids = new Set(signed.map(({ eventId }) => eventId));
    if (ids.size !== signed.length) throw new Error('holds a signature twice');
    for (const line of signed) approvals.push(approvalIn(line, declared));
    events = signed;
    version = versionIn(declared);
    return checkDeclared(bundle, story, declared);
  });
  return { approvals, signed: events, problems, ...(version && { declared: version }) };
}

function versionIn(line: HistoryLine): NonNullable<Approved['declared']> {
  const { data, metadata } = envelopeOf(line);
  const { number = null, at: declaredAt = null } = data;
  return { number, at: declaredAt, by: at(metadata, 'actor', 'id') ?? null, event: line.eventId };
}

function checkDeclared({ core }: OpenBundle, { manifest }: Story, declared: HistoryLine): Problem[] {
  const { data } = envelopeOf(declared);
  const { blueprint } = manifest.declared;
  const isIt =
    declared.type === 'BlueprintVersionDeclared' &&
    (['namespace', 'name', 'version'] as const).every((key) => data[key] === blueprint[key]);
  const digest = core.entries.find(({ path }) => path === document)?.digest;
  const isDocument = at(data, 'document', 'digest') === digest;
  return [
    ...(isIt ? [] : [problem(file, 'is about another version than the manifest names')]),
    ...(isDocument ? [] : [problem(file, `is about another document than ${document}`)]),
  ];
}

/** @throws Error saying why it approves nothing of what was declared */
function approvalIn({ stream, type, eventId, envelope }: HistoryLine, declared: HistoryLine): Approval {
  const { data, metadata } = envelopeOf({ envelope });
  const parsed = parseStatement(data['statement'] ?? null);
  if (type !== 'Signed' || 'problems' in parsed) throw new Error('holds what is no signature');
  const { statement } = parsed;
  const { subject, revision, bytesSha256, signer, meaning, signedAt } = statement;
  const isOver =
    subject === declared.stream &&
    revision === String(declared.revision) &&
    statement.eventId === declared.eventId &&
    statement.type === declared.type &&
    `sha256:${bytesSha256}` === digestBytes(declared.envelope);
  if (!isOver) throw new Error(`the ${meaning} by ${signer} is of something else`);
  const [key, signature] = [textOf(data['key']), textOf(data['signature'])];
  if (!isSigned({ statement, key, signature }))
    throw new Error(`the ${meaning} by ${signer} is not signed by the key that it names`);
  const actor = at(metadata, 'actor', 'id');
  if (stream !== signatureStream(signer) || actor !== signer)
    throw new Error(`the ${meaning} by ${signer} was recorded by somebody else`);
  return { event: eventId, meaning, signer, signedAt };
}

function envelopeOf({ envelope }: Pick<HistoryLine, 'envelope'>) {
  const { data, metadata } = parseJson(envelope, { file: 'an event' }) as Record<string, JsonObject>;
  if (data === undefined || metadata === undefined) throw new Error('holds what is no event');
  return { data, metadata };
}
