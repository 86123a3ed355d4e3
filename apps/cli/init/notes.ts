/** Something a person should know about a guess, and where in the script it comes from; line 0 is the whole. */
export interface SourceLine {
  readonly line: number;
  readonly text: string;
}

const plain = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 300);

export const note = (line: number, text: string): SourceLine => ({ line, text: plain(text) });

/** A text of the script as it may stand in a comment or a description: one line, nothing a terminal acts on. */
export const oneLine = plain;
