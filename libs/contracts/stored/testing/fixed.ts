import type { Digest, Instant } from '#kernel';

/** Values that the golden files were written with; never to be changed. */
export const at = '2026-01-31T09:30:00.000Z' as Instant;
export const namespace = 'penguins';
export const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;
export const blob = (digit: string, sizeBytes = 1234) => ({ digest: digest(digit), sizeBytes });
export const uuid = (digit: string): string => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`;
