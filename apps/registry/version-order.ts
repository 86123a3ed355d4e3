/** Sorts by name, then by number, as text; numbers up to 999,999,999. */
export const versionOrder = (name: string, number: number): string =>
  `${name}@${String(number).padStart(9, '0')}`;

/** Id of the document of one version of a stream. */
export const versionId = (stream: string, number: number): string =>
  `${stream}@${String(number).padStart(9, '0')}`;
