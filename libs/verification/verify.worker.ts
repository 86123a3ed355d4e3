import { parentPort, workerData } from 'node:worker_threads';
import { openReader, type Places, type Task } from './tasks.js';

const reader = await openReader(workerData as Places);

parentPort?.on('message', (task: Task) => {
  reader.answer(task).then(
    (result) => parentPort?.postMessage({ result }),
    (error: unknown) =>
      parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) }),
  );
});
