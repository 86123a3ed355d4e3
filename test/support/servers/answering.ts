import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Whether anything comes back from a port of this machine, now. */
export const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('anybody?'));
    const end = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('data', () => end(true)).on('error', () => end(false));
    socket.on('close', () => end(false));
  });

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(20);
}
