import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkTarget, writeJson } from '../../lib/cli/output_file';

const folder = mkdtempSync(path.join(tmpdir(), 'octavo-json-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'a.json');

it('replaces a file as a whole and leaves nothing else behind', () => {
  writeFileSync(file, 'a longer text than what follows, so that a part of it would show');
  writeJson(file, { a: [1] });
  expect(readFileSync(file, 'utf8')).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  expect(readdirSync(folder)).toEqual(['a.json']);
});

// Windows has no named pipes in folders.
it.skipIf(process.platform === 'win32')('writes into a pipe instead of replacing it', async () => {
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  reader.stdout.on('data', (chunk) => {
    text += chunk;
  });
  checkTarget(pipe);
  writeJson(pipe, { a: 1 });
  const stillPipe = statSync(pipe).isFIFO();
  if (!stillPipe) reader.kill(); // nobody will ever write to what it reads
  await new Promise((done) => reader.on('close', done));
  expect({ stillPipe, text }).toEqual({ stillPipe: true, text: '{\n  "a": 1\n}\n' });
  rmSync(pipe);
});

it('refuses before the work what cannot be written after it', () => {
  const refusal = (target: string) =>
    expect.objectContaining({ code: 'ERR_FILE', message: expect.stringContaining(target) });
  expect(() => checkTarget(folder)).toThrow(refusal(folder));
  const missing = path.join(folder, 'absent', 'a.json');
  expect(() => checkTarget(missing)).toThrow(refusal(missing));
  expect(() => checkTarget(path.join(file, 'a.json'))).toThrow(refusal(file));
  checkTarget(path.join(folder, 'new.json'));
  checkTarget('-');
});
