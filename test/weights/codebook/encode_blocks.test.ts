// Native codes and magnitudes against the definition, one value at a time.
import { expect, it } from 'vitest';
import { addon } from '../../../lib/addon';
import { runtime } from '../../../lib/runtime';
import { CODEBOOK_TYPES, type CodebookType, codeTable, lookupOf } from '../../../lib/weights/codebook/code_tables';
import { absmaxOf, decodeCodebook, encodeCodebook } from '../../../lib/weights/codebook/codebook_weights';
import { nestAbsmax } from '../../../lib/weights/codebook/double_quantization';
import { DYNAMIC_MAP } from '../../../lib/weights/codebook/dynamic_map';
import { encodeBlocks, encodeBlocksAsync, errorOfMagnitudes } from '../../../lib/weights/codebook/encode_blocks';
import { Random } from '../../reference/random';
import { encodedReference, nearestCode, nestedReference } from './codebook_reference';

const outputs = (values: number, block: number) => ({
  codes: new Uint8Array(Math.ceil(values / 2)).fill(0xee),
  absmax: new Float32Array(Math.ceil(values / block)).fill(-1),
  moments: new Float32Array(2 * Math.ceil(values / block)).fill(-1),
  sums: new Float64Array(2).fill(-1),
});

const random = new Random(11);
/** Values of many magnitudes, zeros of both signs, values on the bounds between codes and just beside them, blocks of nothing. */
function values(type: CodebookType, count: number): Float32Array {
  const edges = [...lookupOf(type).bounds, ...codeTable(type)].flatMap((edge) => [
    edge,
    edge * (1 + 2 ** -23),
    edge * (1 - 2 ** -24),
  ]);
  const data = Float32Array.from({ length: count }, () => {
    const kind = random.integer(0, 9);
    if (kind === 0) return random.pick([0, -0, 2 ** -149, -(2 ** -149)]);
    return kind < 6 ? random.pick(edges) : random.next() - 0.5;
  });
  for (let i = 0; i + 100 < count; i += 100) {
    if (random.integer(0, 5) === 0) data.fill(0, i, i + 100);
    const scale = random.pick([1, 1, 1e-39, 1e-45, 1e30, 3.4e38, 0.01]);
    for (let j = i; j < i + 100; j++) data[j] = data[j]! * scale;
    data[i] = random.pick([scale, -scale, 0]); // the bounds times a block's magnitude fall on bounds again
  }
  return data.map((value) => Math.min(Math.max(value, -3.4e38), 3.4e38));
}

it.each(CODEBOOK_TYPES.flatMap((type) => [2, 64, 256, 300, 4096].map((block) => [type, block] as const)))(
  'equals the definition: %s in blocks of %i',
  async (type, block) => {
    for (const count of [1, 2, 63, 64, 65, 257, 5001, 12_000]) {
      const data = values(type, count);
      const expected = encodedReference(type, data, block);
      const [now, later] = [outputs(count, block), outputs(count, block)];
      encodeBlocks(data, { type, block }, now);
      await encodeBlocksAsync(data, { type, block }, later);
      for (const found of [now, later]) {
        expect(found.codes).toEqual(expected.codes);
        expect(found.absmax).toEqual(expected.absmax);
        for (const side of [0, 1])
          expect(Math.abs(found.sums[side]! / expected.sums[side]! - 1) || 0).toBeLessThan(1e-9);
        found.moments.forEach((moment, i) => {
          expect(Math.abs(moment - expected.moments[i]!)).toBeLessThanOrEqual(1e-6 * block);
        });
      }
      const bare = { codes: new Uint8Array(now.codes.length), absmax: new Float32Array(now.absmax.length) };
      encodeBlocks(data, { type, block }, bare);
      expect(bare).toEqual({ codes: expected.codes, absmax: expected.absmax });
    }
  },
);

it('looks every float up as nearestCode does', () => {
  for (const type of CODEBOOK_TYPES) {
    const { bounds, codes } = lookupOf(type);
    const check = (x: number) => {
      const below = bounds.reduce((count, bound) => count + (x > bound ? 1 : 0), 0);
      expect([x, codes[below]]).toEqual([x, nearestCode(type, x)]);
    };
    for (const x of values(type, 4000)) if (Math.abs(x) <= 1) check(x);
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    for (const bound of [...bounds, ...bounds.map((one) => -one)])
      for (const step of [-2, -1, 0, 1, 2]) {
        float[0] = bound;
        bits[0]! += step;
        if (Number.isFinite(float[0]) && Math.abs(float[0]) <= 1) check(float[0]);
      }
  }
});

it('gives the same bits with any number of threads', () => {
  const data = Float32Array.from({ length: 300_001 }, () => random.next() - 0.5);
  const threads = runtime.threads;
  const results = [1, 2, 7].map((count) => {
    runtime.threads = count;
    const out = outputs(data.length, 64);
    encodeBlocks(data, { type: 'nf4', block: 64 }, out);
    return { ...out, nested: nestAbsmax(out.absmax) };
  });
  runtime.threads = threads;
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

it('names the first value that is not finite', () => {
  const refuse = (value: number, at: number) => {
    const data = new Float32Array(200).fill(1);
    [data[at], data[199]] = [value, Number.NaN];
    const name = Number.isNaN(value) ? 'NaN' : String(value);
    expect(() =>
      encodeBlocks(data, { type: 'nf4', block: 64 }, { codes: new Uint8Array(100), absmax: new Float32Array(4) }),
    ).toThrow(
      expect.objectContaining({ code: 'ERR_RANGE', message: `weights must be finite, got ${name} at index ${at}` }),
    );
  };
  refuse(Number.NaN, 70);
  refuse(Number.POSITIVE_INFINITY, 0);
  refuse(Number.NEGATIVE_INFINITY, 130);
});

it('nests magnitudes as the definition does', () => {
  for (const count of [0, 1, 255, 256, 257, 3000]) {
    const absmax = Float32Array.from({ length: count }, () => random.next() * random.pick([1, 1, 0, 1e-20, 1e20]));
    expect(nestAbsmax(absmax)).toMatchObject(nestedReference(absmax));
  }
  // On the midpoint of two values of the map, both ways: offset 0 and a scale of 1 make magnitudes the map's own values.
  const midpoints = Float32Array.from({ length: 254 }, (_, i) =>
    Math.fround(Math.fround(DYNAMIC_MAP[i]! + DYNAMIC_MAP[i + 1]!) / 2),
  );
  const balanced = Float32Array.of(
    ...midpoints.slice(0, 127),
    ...midpoints.slice(0, 127).map((value) => -value),
    1,
    -1,
  );
  expect(nestAbsmax(balanced).offset).toBe(0);
  expect(nestAbsmax(balanced)).toMatchObject(nestedReference(balanced));
});

it('tells the error of magnitudes in 8 bits without the weights', () => {
  const data = Float32Array.from({ length: 64 * 500 }, () => random.next() + random.next() - 1);
  const out = outputs(data.length, 64);
  encodeBlocks(data, { type: 'nf4', block: 64 }, out);
  const weights = encodeCodebook({ data, rows: 500, columns: 64 }, { type: 'nf4' });
  const real = decodeCodebook(weights);
  const error = data.reduce((sum, value, i) => sum + (value - real[i]!) ** 2, 0);
  const told = errorOfMagnitudes(out.sums[0]!, out.moments, { exact: out.absmax, stored: absmaxOf(weights) });
  expect(Math.abs(told / error - 1)).toBeLessThan(1e-5);
  expect(Math.abs(out.sums[0]! / error - 1)).toBeGreaterThan(1e-5);
});

it('refuses arrays that do not fit', () => {
  const { bounds, codes, table } = lookupOf('nf4');
  const [x, good] = [
    new Float32Array(100),
    [new Uint8Array(50), new Float32Array(2), null, null, bounds, codes, table, 64] as const,
  ];
  const refuse = (index: number, value: unknown, code: string) =>
    expect(() => addon.encodeCodebook(x, ...(good.with(index, value as never) as unknown as typeof good))).toThrow(
      expect.objectContaining({ code }),
    );
  refuse(0, new Uint8Array(49), 'ERR_SHAPE');
  refuse(1, new Float32Array(3), 'ERR_SHAPE');
  refuse(2, new Float32Array(3), 'ERR_SHAPE');
  refuse(3, new Float64Array(1), 'ERR_SHAPE');
  refuse(4, bounds.subarray(1), 'ERR_SHAPE');
  refuse(5, new Uint8Array(16).fill(16), 'ERR_RANGE');
  refuse(7, 63, 'ERR_RANGE');
  refuse(7, 0, 'ERR_RANGE');
  refuse(1, x.subarray(0, 2), 'ERR_SHAPE');
  expect(() =>
    addon.nestMagnitudes(x, DYNAMIC_MAP, new Uint8Array(99), new Float32Array(1), new Float32Array(1)),
  ).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
});
