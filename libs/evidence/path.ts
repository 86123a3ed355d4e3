/**
 * Why a relative path cannot be part of a tree or an output; undefined when it can.
 * Refuses what could leave its folder or be another file elsewhere.
 */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (Buffer.byteLength(path) > 1024) return 'is longer than 1,024 bytes';
  if (!path.isWellFormed()) return 'has a lone surrogate';
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'has a control character';
  if (path.includes('\\')) return 'has a backslash';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  const segments = path.split('/');
  if (segments.includes('..')) return 'has the segment ..';
  if (segments.includes('.')) return 'has the segment .';
  if (segments.includes('')) return 'has an empty segment';
  if (segments.some((segment) => Buffer.byteLength(segment) > 255)) return 'has a name longer than 255 bytes';
  return undefined;
}
