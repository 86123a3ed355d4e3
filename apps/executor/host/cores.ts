interface Waiting {
  readonly cores: number;
  begin(): void;
}

/** The cores of this host, shared by all steps of all attempts. */
export interface Cores {
  /**
   * Waits for its turn, first come, first served. A step that declares more than there are gets all of them.
   * @returns what gives them back; undefined when the signal aborted first
   */
  take(cores: number, signal: AbortSignal): Promise<(() => void) | undefined>;
}

export function openCores(total: number): Cores {
  // Counted in hundredths, so that fractions add up.
  let free = Math.round(total * 100);
  const queue: Waiting[] = [];
  const serve = () => {
    for (let next = queue[0]; next !== undefined && next.cores <= free; next = queue[0]) {
      queue.shift();
      free -= next.cores;
      next.begin();
    }
  };
  return {
    take(declared, signal) {
      const cores = Math.min(Math.round(declared * 100), Math.round(total * 100));
      return new Promise((resolve) => {
        if (signal.aborted) return resolve(undefined);
        let given = false;
        const giveBack = () => {
          if (given) return;
          given = true;
          free += cores;
          serve();
        };
        const leave = () => {
          queue.splice(queue.indexOf(place), 1);
          resolve(undefined);
          serve();
        };
        const place: Waiting = {
          cores,
          begin() {
            signal.removeEventListener('abort', leave);
            resolve(giveBack);
          },
        };
        signal.addEventListener('abort', leave, { once: true });
        queue.push(place);
        serve();
      });
    },
  };
}
