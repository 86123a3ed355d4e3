import { digestBytes } from '#evidence';

/** A place in a trace, as W3C Trace Context names it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const zeros = /^0+$/;

/** The trace of everything that carries a correlation id: the same 16 bytes where that is a UUID, else a digest of it. */
export function traceIdOf(correlationId: string): string {
  const digits = correlationId.replaceAll('-', '');
  if (uuid.test(correlationId) && !zeros.test(digits)) return digits;
  return digestBytes(new TextEncoder().encode(correlationId)).slice('sha256:'.length, 'sha256:'.length + 32);
}

/** The span that an event is, known to whoever knows the event. @param eventId a UUID */
export const spanIdOf = (eventId: string): string => eventId.replaceAll('-', '').slice(0, 16);

/** The correlation id of what comes from a trace that others began. */
export const correlationIdOf = (traceId: string): string =>
  traceId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** W3C `traceparent`. */
export const traceparent = ({ traceId, spanId }: TraceContext): string => `00-${traceId}-${spanId}-01`;

/** The place of an event in its trace, as a `traceparent`: what follows from the event can name it without having seen its span. */
export const traceparentOf = (event: { readonly correlationId: string; readonly eventId: string }): string =>
  traceparent({ traceId: traceIdOf(event.correlationId), spanId: spanIdOf(event.eventId) });

/** Undefined for what is none. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const [, version, traceId = '', spanId = ''] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/.exec(text ?? '') ?? [];
  if (version === undefined || version === 'ff' || zeros.test(traceId) || zeros.test(spanId))
    return undefined;
  return { traceId, spanId };
}
