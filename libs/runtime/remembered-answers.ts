/** Answers that stand as long as what they were read from does. */
export interface RememberedAnswers<Item> {
  /** The answer to a question, asked once however many ask at the same time. */
  of(question: string, ask: () => Promise<Item[]>): Promise<Item[]>;
}

const mostAnswers = 64;
const mostItems = 16;

/**
 * @param source another object after each change, before anybody is told of it; undefined while that cannot be said: then everything
 * is asked
 */
export function rememberAnswers<Item>(source: () => object | undefined): RememberedAnswers<Item> {
  const answers = new Map<string, Promise<Item[]>>();
  let read: object | undefined;
  return {
    async of(question, ask) {
      const now = source();
      if (now === undefined) return ask();
      if (now !== read) answers.clear();
      read = now;
      let answer = answers.get(question);
      if (answer === undefined) {
        if (answers.size >= mostAnswers) answers.clear();
        answers.set(question, (answer = ask()));
      }
      const forget = () => answers.get(question) === answer && answers.delete(question);
      try {
        const items = await answer;
        if (items.length > mostItems) forget();
        return [...items];
      } catch (error) {
        forget();
        throw error;
      }
    },
  };
}
