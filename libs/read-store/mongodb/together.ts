/** Carries out in one go what is asked for in one turn of the event loop. */
export function together<Asked, Answer>(
  /** Answers in the order of what was asked. */
  all: (asked: readonly Asked[]) => Promise<readonly Answer[]>,
): (asked: Asked) => Promise<Answer> {
  let waiting: { readonly asked: Asked[]; readonly answers: Promise<readonly Answer[]> } | undefined;
  return async (asked) => {
    if (waiting === undefined) {
      const these: Asked[] = [];
      const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        waiting = undefined;
        return all(these);
      });
      waiting = { asked: these, answers };
    }
    const at = waiting.asked.push(asked) - 1;
    return (await waiting.answers)[at] as Answer;
  };
}
