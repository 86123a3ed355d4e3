#!/usr/bin/env node
import { startService } from './on-node-26.mjs';

startService('scheduler', import.meta.url);
