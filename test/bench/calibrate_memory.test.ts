import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const program = path.join(__dirname, '..', '..', 'dist/bench/calibrate_memory.js');

it('keeps the memory of a group flat, however many batches it has seen', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', program, '1100', '100'], { encoding: 'utf8' });
  const points = stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/).map(Number));
  expect(
    points.map(([batches]) => batches),
    stderr,
  ).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100]);
  const used = points.map(([, , mebibytes]) => mebibytes!);
  expect(used[0]).toBeGreaterThan(100 * 4096 * 8 * 2 ** -20);
  for (const mebibytes of used) expect(Math.abs(mebibytes / used[0]! - 1)).toBeLessThan(0.05);
});
