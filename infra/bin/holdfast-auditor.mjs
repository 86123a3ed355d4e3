#!/usr/bin/env node
import { startOnNode26 } from './on-node-26.mjs';

startOnNode26('holdfast-auditor', import.meta.url, 'apps/auditor/main.js');
