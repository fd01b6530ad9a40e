// The blocks of docs/federated-calibration.md are one program, which checks itself; and it notices what is wrong.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fencedBlocks } from '../docs/fenced_blocks';
import { type Outcome, runScript } from '../reference/child_process';

const ROOT = path.join(__dirname, '..', '..');
const program = fencedBlocks(readFileSync(path.join(ROOT, 'docs', 'federated-calibration.md'), 'utf8'))
  .filter(({ language }) => language === 'js')
  .map(({ code }) => code)
  .join('\n');

const fewDevices = program
  .replace('length: 100 }', 'length: 20 }')
  .replace('100n', '20n')
  .replace('dropped = 42', 'dropped = 4');

// Within the package, where its own name leads to it.
let folder: string;
beforeAll(() => {
  mkdirSync(path.join(ROOT, 'build'), { recursive: true });
  folder = mkdtempSync(path.join(ROOT, 'build', 'federated-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(name: string, text: string): Promise<Outcome> {
  const file = path.join(folder, `${name}.mjs`);
  writeFileSync(file, text);
  return runScript(file);
}

it('docs/federated-calibration.md does what it says', async () => {
  // All hundred devices take seconds, and a forced kernel set does not reach other processes.
  const programs = process.env.OCTAVO_ISA === undefined ? [program, fewDevices] : [fewDevices];
  for (const [i, text] of programs.entries()) {
    const { code, stderr } = await run(`program_${i}`, text);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  }
}, 60_000);

it.each([
  ['masks that do not cancel', '(this.number < other ? add : subtract)', 'add'],
  ['masks that are not taken back', '(device.number < dropped ? subtract : add)', 'add'],
  ['a range of one device', 'findLastIndex((count) => count > 0n) - 149', 'findIndex((count) => count > 0n) - 149'],
])(
  'it notices %s',
  async (_, right, wrong) => {
    expect(program).toContain(right);
    expect((await run('spoiled', fewDevices.replace(right, wrong))).code).not.toBe(0);
  },
  60_000,
);
