import { resolve } from 'node:path';

/** In the repository; what was built lies in dist/test/support/servers. */
export const inRoot = (path: string): string => resolve(import.meta.dirname, '../../../..', path);
