#!/usr/bin/env node
import { startOnNode26 } from '../../../infra/bin/on-node-26.mjs';

startOnNode26('holdfast', import.meta.url, 'apps/cli/main.js');
