import { parse } from 'csv-parse/sync';

/** The fields of one record of a CSV; undefined for a text that is none. For short texts: it is read in one go. */
export function csvRecord(text: string): readonly string[] | undefined {
  try {
    return parse(text, { bom: true, to: 1 })[0];
  } catch {
    return undefined;
  }
}
