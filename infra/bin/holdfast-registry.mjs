#!/usr/bin/env node
import { startService } from './on-node-26.mjs';

startService('registry', import.meta.url);
