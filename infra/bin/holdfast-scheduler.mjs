#!/usr/bin/env node
import { startOnNode26 } from './on-node-26.mjs';

startOnNode26('holdfast-scheduler', import.meta.url, 'apps/scheduler/main.js');
