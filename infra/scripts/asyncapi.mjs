// Writes proto/asyncapi.yaml from what the services publish. A spec says when it is not current.
import { writeFileSync } from 'node:fs';
import { asyncApiText } from '../../dist/test/support/async-api.js';
import { inRoot } from './toolchain.mjs';

writeFileSync(inRoot('proto/asyncapi.yaml'), await asyncApiText());
