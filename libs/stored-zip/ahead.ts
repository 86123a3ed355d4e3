/** Each piece is given out while the next is being made, so that whoever writes and whoever reads do not wait for each other. */
export async function* ahead<T>(source: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    for (let next = source.next(); ;) {
      const { done, value } = await next;
      if (done) return;
      next = source.next();
      // Told when it is asked for, if ever.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await source.return();
  }
}
