// Preloaded into a service, it makes a release of it that says one thing more of every run: version 2 of RunSubmitted, written since 2.
import { registerHooks } from 'node:module';

const schema = `{
  version: 2,
  upcasts: { 1: (data) => ({ ...data, via: 'unknown' }) },
  since: { 2: 2 },
  downcasts: { 2: ({ via, ...data }) => data },
}`;

const changes = [
  ['/libs/contracts/stored/codecs.js', 'RunSubmitted: v1', `RunSubmitted: ${schema}`],
  ['/libs/domain/run/decide.js', "type: 'RunSubmitted',", "type: 'RunSubmitted', via: 'grpc',"],
] as const;

registerHooks({
  /** Module by module, not from the one file that the build made of them. */
  resolve(specifier, context, nextResolve) {
    const [, server] = /\/dist\/bundle\/(\w+)\.js$/.exec(specifier) ?? [];
    const from = server && new URL(`../../apps/${server}/serve.js`, import.meta.url).href;
    return nextResolve(from ?? specifier, context);
  },
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const change = changes.find(([path]) => url.endsWith(path));
    if (change === undefined) return loaded;
    const [path, was, becomes] = change;
    const source = Buffer.from(loaded.source as Uint8Array).toString();
    if (!source.includes(was)) throw new Error(`${path} does not say ${was}`);
    return { ...loaded, source: source.replace(was, becomes) };
  },
});
