import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkJsonTarget, writeJson } from '../../lib/cli/json_output';

const folder = mkdtempSync(path.join(tmpdir(), 'octavo-json-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'a.json');

it('replaces a file as a whole and leaves nothing else behind', () => {
  writeFileSync(file, 'a longer text than what follows, so that a part of it would show');
  writeJson(file, { a: [1] });
  expect(readFileSync(file, 'utf8')).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  expect(readdirSync(folder)).toEqual(['a.json']);
});

it('writes to a device instead of replacing it', () => {
  const link = path.join(folder, 'link');
  symlinkSync('/dev/null', link);
  checkJsonTarget(link);
  writeJson(link, 1);
  expect(readFileSync('/dev/null', 'utf8')).toBe('');
  rmSync(link);
});

it('refuses before the work what cannot be written after it', () => {
  const refusal = (target: string) =>
    expect.objectContaining({ code: 'ERR_FILE', message: expect.stringContaining(target) });
  expect(() => checkJsonTarget(folder)).toThrow(refusal(folder));
  const missing = path.join(folder, 'absent', 'a.json');
  expect(() => checkJsonTarget(missing)).toThrow(refusal(missing));
  expect(() => checkJsonTarget(path.join(file, 'a.json'))).toThrow(refusal(file));
  checkJsonTarget(path.join(folder, 'new.json'));
  checkJsonTarget('-');
});
