/** Whether a machine has started this: as everywhere, an empty `CI` says no. */
export const isInCi = (env: NodeJS.ProcessEnv): boolean => !['', '0', 'false'].includes(env['CI'] ?? '');
