/** Of this release; written into locks, where it is no part of what is pinned. */
export const version = '0.1.0';
