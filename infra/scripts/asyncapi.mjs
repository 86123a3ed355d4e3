// Writes proto/asyncapi.yaml from what the services publish; a spec says when it is not current. From what was last built.
import { writeFileSync } from 'node:fs';
import { inRoot } from './toolchain.mjs';

const { asyncApiText } = await import(inRoot('dist/test/support/async-api.js'));
writeFileSync(inRoot('proto/asyncapi.yaml'), await asyncApiText());
