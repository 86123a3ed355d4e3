import { assertNoProblems, isInstant, toInstant, type Instant, type Problem } from '#kernel';
import type { Message } from './message-bus.js';

/** Extension attributes (CloudEvents 1.0 §3.1): names of 1–20 lower-case letters and digits, texts. */
export type CloudEventExtensions = Readonly<Record<string, string>>;

/** A public event: CloudEvents 1.0, JSON data. */
export interface CloudEvent {
  /** Unique per source: who sees it twice drops it. */
  readonly id: string;
  /** e.g. `/holdfast/scheduler`. */
  readonly source: string;
  /** e.g. `holdfast.run.completed.v1`. */
  readonly type: string;
  /** What it is about: the stream. */
  readonly subject?: string;
  readonly time?: Instant;
  readonly extensions?: CloudEventExtensions;
  readonly data: unknown;
}

const required = ['id', 'source', 'type'] as const;
const known = new Set(['specversion', ...required, 'subject', 'time', 'datacontenttype', 'dataschema']);
const contentType = 'application/json';
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Binary mode (Kafka protocol binding 1.0 §3.2): attributes as `ce_` headers, data as the value. */
export function cloudEvent(event: CloudEvent, key: string): Message {
  const { id, source, type, subject, time, extensions = {}, data } = event;
  const headers: Record<string, string> = { ce_specversion: '1.0', ce_id: id, ce_source: source };
  headers['ce_type'] = type;
  if (subject !== undefined) headers['ce_subject'] = subject;
  if (time !== undefined) headers['ce_time'] = time;
  for (const [name, text] of Object.entries(extensions)) headers[`ce_${name}`] = text;
  headers['content-type'] = contentType;
  return { key, headers, value: encoder.encode(JSON.stringify(data)) };
}

/**
 * Reads what may come from anywhere. Unknown attributes are extensions; headers without `ce_` are nobody's business.
 * @throws CLOUD_EVENT_INVALID with every problem
 */
export function parseCloudEvent({ headers, value }: Pick<Message, 'headers' | 'value'>): CloudEvent {
  const problems: Problem[] = [];
  const report = (field: string, message: string, found?: string) =>
    problems.push({
      code: 'CLOUD_EVENT_INVALID',
      field,
      message,
      ...(found === undefined ? {} : { found: found.slice(0, 120) }),
    });
  const attributes = new Map<string, string>();
  for (const [name, text] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (lower.startsWith('ce_')) attributes.set(lower.slice(3), String(text));
  }
  const version = attributes.get('specversion');
  if (version !== '1.0') report('ce_specversion', 'is not 1.0', version);
  for (const name of required) if (!attributes.get(name)) report(`ce_${name}`, 'is missing or empty');
  const time = attributes.get('time');
  const instant = time === undefined ? undefined : instantOf(time);
  if (time !== undefined && instant === undefined) report('ce_time', 'is not an RFC 3339 time', time);
  const extensions: Record<string, string> = {};
  for (const [name, text] of attributes) {
    if (known.has(name)) continue;
    if (/^[a-z0-9]{1,20}$/.test(name)) extensions[name] = text;
    else report(`ce_${name.slice(0, 40)}`, 'is not a name of 1 to 20 letters and digits');
  }
  const media = headerOf(headers, 'content-type') ?? contentType;
  if (!/^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i.test(media))
    report('content-type', 'is not JSON', media);
  const data = dataOf(value, report);
  assertNoProblems(problems, 'CLOUD_EVENT_INVALID');
  const subject = attributes.get('subject');
  return {
    id: attributes.get('id') as string,
    source: attributes.get('source') as string,
    type: attributes.get('type') as string,
    ...(subject === undefined ? {} : { subject }),
    ...(instant === undefined ? {} : { time: instant }),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
    data,
  };
}

/** RFC 3339 with any offset and precision, as our own instants are written. */
function instantOf(text: string): Instant | undefined {
  if (isInstant(text)) return text;
  if (!/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const ms = Date.parse(text.toUpperCase());
  return Number.isNaN(ms) ? undefined : toInstant(ms);
}

function dataOf(value: Uint8Array, report: (field: string, message: string) => void): unknown {
  if (value.length === 0) return undefined;
  try {
    return JSON.parse(decoder.decode(value)) as unknown;
  } catch {
    report('data', 'is not JSON in UTF-8');
    return undefined;
  }
}

const headerOf = (headers: Message['headers'], wanted: string): string | undefined =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
