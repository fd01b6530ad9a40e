import { expect, it } from 'vitest';
import { randomFloat32, randomInt8, randomUint8 } from '../../../bench/inputs';
import { multiplyFloat32 } from '../../../bench/peers/typed_array_float32';
import { multiplyInt8, transpose } from '../../../bench/peers/typed_array_int8';

it('multiplies 8-bit integers as three plain loops do, at every edge of its tiles', () => {
  for (const m of [0, 1, 2, 3])
    for (const n of [0, 1, 3, 4, 5, 8])
      for (const k of [0, 1, 7]) {
        const b = randomInt8(k * n, 1);
        for (const a of [randomInt8(m * k, 2), randomUint8(m * k, 3)]) {
          const expected = new Int32Array(m * n);
          for (let i = 0; i < m; i++)
            for (let j = 0; j < n; j++)
              for (let p = 0; p < k; p++) expected[i * n + j]! += a[i * k + p]! * b[p * n + j]!;
          const out = new Int32Array(m * n).fill(-1);
          multiplyInt8(a, transpose(b, k, n), out, { m, n, k });
          expect(out).toEqual(expected);
        }
      }
});

it('multiplies floats, the odd last row too', () => {
  for (const m of [1, 2, 3]) {
    const [n, k] = [8, 5];
    const [a, b] = [randomFloat32(m * k, 1), randomFloat32(k * n, 2)];
    const out = new Float32Array(m * n).fill(9);
    multiplyFloat32(a, transpose(b, k, n), out, { m, n, k });
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[p * n + j]!;
        expect(out[i * n + j]).toBe(Math.fround(sum));
      }
  }
});
