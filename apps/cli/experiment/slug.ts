/** A name for the catalogue from any text: lower-case letters, digits and single hyphens, beginning with a letter. */
export function slugOf(text: string, longest = 63): string {
  const words = text.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  const clean = words.replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+/, '');
  return clean.slice(0, longest).replace(/-+$/, '') || 'data';
}
