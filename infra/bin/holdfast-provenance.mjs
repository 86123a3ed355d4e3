#!/usr/bin/env node
import { startOnNode26 } from './on-node-26.mjs';

startOnNode26('holdfast-provenance', import.meta.url, 'apps/provenance/main.js');
