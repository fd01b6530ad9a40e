// The models of arm64 loops: what is read out of the machine code, what the models' output means, what is asked of it.
import { describe, expect, it } from 'vitest';
import { missedBars, ratioToFloat32 } from '../../scripts/model/bars.mjs';
import { loopsOf, multiplyAddsOf, shortName } from '../../scripts/model/kernel_loops.mjs';
import { KERNELS } from '../../scripts/model/kernels.mjs';
import { totalCycles } from '../../scripts/model/mca.mjs';
import { layerTable, loopTable } from '../../scripts/model/model_tables.mjs';
import { SLOW_SHARE, timeLayer } from '../../scripts/model/raspberry_pi.mjs';
import { replaceSection } from '../../scripts/model/replace_section.mjs';

const LOOP = `
0000000000000b48 <void octavo::(anonymous namespace)::tile<2>(octavo::GemmI8Strip const&, unsigned long)>:
     b48:	ldr	q0, [x1], #16
     b4c:	smull	v2.8h, v0.8b, v1.8b
     b50:	smull2	v3.8h, v0.16b, v1.16b
     b54:	str	q3, [sp, #16]
     b58:	sadalp	v4.4s, v2.8h
     b5c:	b.ne	b48 <void octavo::(anonymous namespace)::tile<2>(octavo::GemmI8Strip const&, unsigned long)>  // b.any
     b60:	fmov	s0, w1
     b64:	cbnz	x1, b60 <void octavo::(anonymous namespace)::tile<2>(octavo::GemmI8Strip const&, unsigned long)+0x18>
`;

type Loop = Parameters<typeof missedBars>[0][number];

/** A loop that reaches its bound, which is `rate`. */
const modelled = (kernel: string, cpu: string, loop: Loop['loop'], rate: number): Loop => ({
  kernel,
  cpu,
  loop,
  routine: 'tile<2>',
  tile: '2 x 8',
  multiplyAdds: 256,
  cycles: 256 / rate,
  rate,
  bound: { rate, kind: 'products' },
  stackAccesses: 0,
});

/** All loops, at rates that pass all bars. */
const allModelled = (): Loop[] =>
  Object.entries(KERNELS).flatMap(([kernel, { cpus, type }]) =>
    cpus.flatMap((cpu) =>
      (['rows', 'row', 'pair'] as const).map((loop) =>
        modelled(kernel, cpu, loop, type !== 'float32' ? 128 : cpu === 'cortex-a72' ? 4 : 8),
      ),
    ),
  );

describe('what is read out of machine code', () => {
  it.each([
    ['smull\tv2.8h, v0.8b, v1.8b', 8],
    ['smull2\tv2.8h, v0.16b, v1.16b', 8],
    ['sdot\tv0.4s, v1.16b, v2.4b[3]', 16],
    ['usmmla\tv0.4s, v1.16b, v2.16b', 32],
    ['fmla\tv0.4s, v1.4s, v2.s[0]', 4],
    ['fmul\tv0.4s, v1.4s, v2.4s', 0],
    ['sadalp\tv4.4s, v2.8h', 0],
  ])('%s: %d multiply-adds', (text, count) => {
    expect(multiplyAddsOf(text)).toBe(count);
  });

  it.each([
    ['void octavo::(anonymous namespace)::strip<8, true>(octavo::GemmI8Strip const&)', 'strip<8, true>'],
    ['octavo::(anonymous namespace)::gemm_i8_neon(octavo::GemmI8Strip const&)', 'gemm_i8_neon'],
    [
      'void octavo::(anonymous namespace)::add<octavo::(anonymous namespace)::Tile, 8, 2>(octavo::GemmI4Strip const&, float*)',
      'add<Tile, 8, 2>',
    ],
    ['plain', 'plain'],
  ])('the name of %s', (name, short) => {
    expect(shortName(name)).toBe(short);
  });

  it('loops with their multiply-adds and stack accesses', () => {
    const loops = loopsOf(LOOP);
    expect(loops).toMatchObject([{ routine: 'tile<2>', multiplyAdds: 16, stackAccesses: 1 }]);
    expect(loops[0]?.body).toHaveLength(6);
  });
});

describe("llvm-mca's output", () => {
  const region = (Name: string, TotalCycles: number) => ({ Name, SummaryView: { TotalCycles } });

  it('is read by the names of the pieces', () => {
    expect(totalCycles(JSON.stringify({ CodeRegions: [region('1', 20), region('0', 10)] }), 2)).toEqual([10, 20]);
  });

  it('is refused if a piece is missing', () => {
    expect(() => totalCycles(JSON.stringify({ CodeRegions: [region('0', 10)] }), 2)).toThrow('nothing of piece 1');
  });
});

describe('what is asked of loops', () => {
  it('is reached by loops at their bounds', () => {
    expect(missedBars(allModelled())).toEqual([]);
  });

  it('a loop that is too slow, or uses the stack, or gains too little over float32, is named', () => {
    const loops = allModelled();
    const at = loops.findIndex(({ kernel, cpu, loop }) => kernel === 'neon' && cpu === 'cortex-a72' && loop === 'rows');
    loops[at] = { ...modelled('neon', 'cortex-a72', 'rows', 7.1), stackAccesses: 2 };
    expect(missedBars(loops)).toEqual([
      'neon: tile<2> uses the stack 2 times a pass',
      'neon: tile<2> on cortex-a72: 7.10 multiply-adds a cycle, not 7.8',
      "neon on cortex-a72: 0.56 of float32's cycles, more than 0.55",
    ]);
    expect(ratioToFloat32(loops, { kernel: 'neon', cpu: 'cortex-a72' })).toBeCloseTo(4 / 7.1);
  });
});

describe('layers', () => {
  const options = { clock: 1e9, threads: 1, rate: 8 };

  it('are bound by arithmetic or by memory', () => {
    const products = timeLayer({ m: 1000, n: 1000, k: 1000 }, { ...options, type: 'int8' });
    expect(products.fast).toBeCloseTo(0.125, 9);
    expect(products.slow).toBeGreaterThan(0.125 / SLOW_SHARE);
    const weights = timeLayer({ m: 1, n: 4000, k: 4000 }, { ...options, type: 'float32', threads: 4 });
    expect(weights.fast).toBeCloseTo((4 * 16e6 + 4 * 8000) / 5.6e9, 9);
  });

  it('have a line of the table for each type and number of threads', () => {
    const layer = { m: 1, n: 4000, k: 4000 };
    const times = ([1, 4] as const).flatMap((threads) =>
      (['int8', 'float32'] as const).map((type) => timeLayer(layer, { ...options, type, threads })),
    );
    expect(layerTable(times).split('\n')).toHaveLength(2 + 4);
    expect(loopTable([modelled('neon', 'cortex-a72', 'rows', 8)])).toContain('| 8.00, products | 100 % |');
  });
});

it('a section of a document is replaced, and nothing else', () => {
  const document = 'a\n<!-- model: x -->\nold\n<!-- /model: x -->\nb\n';
  const replaced = replaceSection(document, 'x', 'text');
  expect(replaced).toBe('a\n<!-- model: x -->\n\ntext\n\n<!-- /model: x -->\nb\n');
  expect(replaceSection(replaced, 'x', 'text')).toBe(replaced);
  expect(() => replaceSection(document, 'y', 'text')).toThrow('<!-- model: y -->');
  expect(() => replaceSection(document + document, 'x', 'text')).toThrow('<!-- model: x -->');
});
