#!/usr/bin/env node
import { startOnNode26 } from './on-node-26.mjs';

startOnNode26('holdfast-registry', import.meta.url, 'apps/registry/main.js');
