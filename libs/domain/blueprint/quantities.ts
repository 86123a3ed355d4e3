/** Bytes in each unit, binary as in Kubernetes. */
const byteUnits: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};
const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export const bytesPattern = /^([0-9]{1,9}(?:\.[0-9]{1,3})?)(Ki|Mi|Gi|Ti|k|M|G|T)$/;
export const durationPattern = /^(?:[0-9]{1,9}(?:d|h|ms|m|s)){1,5}$/;

/** `256Mi` as bytes, a whole number; undefined when it is not written like that. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit] = bytesPattern.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const bytes = Number(amount) * (byteUnits[unit] ?? NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `2m`, `1h30m` or `500ms` as milliseconds; undefined when it is not written like that. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  const parts = [...text.matchAll(/([0-9]+)(ms|d|h|m|s)/g)];
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (durationUnits[unit] ?? NaN), 0);
}
