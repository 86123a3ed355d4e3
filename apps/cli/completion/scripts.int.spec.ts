import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { makeFolder } from '../testing/folder.js';
import { groups, verbs } from '../verbs/index.js';
import { completionScript, shells } from './scripts.js';
import { wordsOf } from './words.js';

const there = (shell: string) => spawnSync(shell, ['--version']).status === 0;

describe('completion scripts', () => {
  it.each(shells)('%s reads its own', (shell) => {
    const script = completionScript(shell, wordsOf(verbs, groups));
    expect(script).toContain('reproduce');
    if (!there(shell)) return;
    const folder = makeFolder();
    const { status, stderr } = spawnSync(shell, ['-n', folder.put('script', script)], { encoding: 'utf8' });
    folder.remove();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  (there('bash') ? it : it.skip)('offers verbs, verbs of a group, and options', () => {
    const script = completionScript('bash', wordsOf(verbs, groups));
    const complete = (...words: string[]) => {
      const last = words.length - 1;
      const quoted = words.map((word) => `'${word}'`).join(' ');
      const asked = `COMP_WORDS=(${quoted}); COMP_CWORD=${last}; _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return spawnSync('bash', ['-c', `${script}\n${asked}`], { encoding: 'utf8' })
        .stdout.trim()
        .split('\n');
    };
    expect(complete('holdfast', 'repro')).toEqual(['reproduce']);
    expect(complete('holdfast', 'knob', 'l')).toEqual(['list']);
    expect(complete('holdfast', 'run', '--fr')).toEqual(['--frozen']);
    expect(complete('holdfast', 'knob', 'list', '-o', 'j')).toEqual(['json', 'jsonl']);
  });
});
