#!/usr/bin/env node
import { startService } from './on-node-26.mjs';

startService('auditor', import.meta.url);
