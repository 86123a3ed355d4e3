#!/usr/bin/env node
import { startService } from './on-node-26.mjs';

startService('executor', import.meta.url);
