#!/usr/bin/env node
import { startOnNode26 } from './on-node-26.mjs';

startOnNode26('holdfast-executor', import.meta.url, 'apps/executor/main.js');
