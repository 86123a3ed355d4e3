import type { Connection } from '#rpc';

/** What the auditor finds when it holds the event store against its log, in words; nothing when it holds. */
export async function findingsOfLog({ auditor }: Pick<Connection, 'auditor'>): Promise<string[]> {
  const found: string[] = [];
  const request = { keys: [], witnessKeys: [], witnesses: 0, seen: [] };
  for await (const { part } of auditor.verifyLog(request)) {
    if (part?.$case === 'finding') {
      const { code, index, stream, file, message } = part.value;
      found.push(`the audit found ${code} of ${stream || file || 'the log'} at ${index ?? '–'}: ${message}`);
    }
    if (part?.$case === 'report' && part.value.logSize === 0) found.push('the audit log is empty');
  }
  return found;
}
