// Preloaded into a service, it makes a release of it that says one thing more of every run: version 2 of RunSubmitted, written since 2.
import { registerHooks } from 'node:module';

const schema = `{
  version: 2,
  upcasts: { 1: (data) => ({ ...data, via: 'unknown' }) },
  since: { 2: 2 },
  downcasts: { 2: ({ via, ...data }) => data },
}`;

/** In the one file that the build makes of a service, and module by module. */
const changes = [
  [/RunSubmitted: v1\b/, `RunSubmitted: ${schema}`],
  [/type: (['"])RunSubmitted\1,/, "type: 'RunSubmitted', via: 'grpc',"],
] as const;
const changed = /\/(bundle\/(scheduler|provenance|auditor)|stored\/codecs|run\/decide)\.js$/;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!changed.test(url)) return loaded;
    const before = Buffer.from(loaded.source as Uint8Array).toString();
    const source = changes.reduce((text, [was, becomes]) => text.replace(was, becomes), before);
    if (source === before) throw new Error(`nothing of ${url} is another release`);
    return { ...loaded, source };
  },
});
