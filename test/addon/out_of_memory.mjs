// Child process: calls that need more memory than the process may have. Prints the code of each call's error.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { addon } = createRequire(import.meta.url)('../../dist/lib/addon.js');

const count = 2 ** 29;
const [floats, bytes, small] = [new Float32Array(count), new Int8Array(count), new Float32Array(8).fill(1)];
const weights = addon.packInt8(new Int8Array(0), 0, 8, false);
const layer = (scale) => ({
  weights,
  weightScale: scale,
  weightZeroPoint: null,
  inputScale: null,
  bias: null,
  input: null,
  output: { type: 'float32', scale: 1, zeroPoint: 0 },
  activation: { kind: 'clip', low: -1, high: 1 },
});

// The arrays exist but were never touched: from here on there is room for less than one of them, though for what the
// engine and the threads need themselves.
const used = Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
execFileSync('prlimit', ['--pid', String(process.pid), `--as=${used + 400 * 2 ** 20}`]);

const CALLS = {
  quantizeAsync: () => addon.quantizeAsync(floats, bytes, Float32Array.of(1), Int32Array.of(0), 1),
  packInt8: () => addon.packInt8(bytes, 2 ** 15, 2 ** 14, false),
  packInt8Async: () => addon.packInt8Async(bytes, 2 ** 15, 2 ** 14, true),
  packFloat32: () => addon.packFloat32(floats, 2 ** 15, 2 ** 14, false),
  createQuantizedLinear: () => addon.createQuantizedLinear(layer(floats)),
};
const codes = {};
for (const [name, call] of Object.entries(CALLS)) {
  try {
    await call();
    codes[name] = 'ok';
  } catch (error) {
    codes[name] = error.code ?? String(error);
  }
}
addon.createQuantizedLinear(layer(small)); // what fits still works
process.stdout.write(JSON.stringify(codes));
