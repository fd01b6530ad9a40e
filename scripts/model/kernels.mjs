// Which loops of which kernels are modelled, for which CPUs, and what they have to reach.

/**
 * @typedef {object} Loop
 * @property {string} routine the function that holds it
 * @property {string} tile rows x columns whose sums it keeps
 * @property {readonly string[]} [step] where it is not the kernel's
 */

/**
 * @typedef {object} Kernel
 * @property {string} source below native/kernels, without its ending
 * @property {string} type
 * @property {readonly string[]} cpus llvm-mca's names
 * @property {readonly string[]} step what no product can do without, with registers N, T, A, B for a sum, a product and two operands
 * @property {Loop} rows the loop of whole tiles
 * @property {Loop} row the loop of a single row
 * @property {Loop} [pair] the loop of two rows, where it is another
 */

/** @type {Record<string, Kernel>} */
export const KERNELS = {
  neon: {
    source: 'gemm_i8/gemm_i8_neon',
    type: 'int8',
    cpus: ['cortex-a72', 'neoverse-n1'],
    step: ['smull T.8h, A.8b, B.8b', 'sadalp N.4s, T.8h'],
    rows: { routine: 'tile<2>', tile: '2 x 8' },
    row: { routine: 'tile<1>', tile: '1 x 8' },
  },
  neondot: {
    source: 'gemm_i8/gemm_i8_neondot',
    type: 'int8',
    cpus: ['neoverse-n1', 'neoverse-v1'],
    step: ['sdot N.4s, A.16b, B.4b[0]'],
    rows: { routine: 'strip<8>', tile: '8 x 8' },
    row: { routine: 'strip<1>', tile: '1 x 16' },
    pair: { routine: 'strip<2>', tile: '2 x 16' },
  },
  neoni8mm: {
    source: 'gemm_i8/gemm_i8_neoni8mm',
    type: 'int8',
    cpus: ['neoverse-n2', 'neoverse-v1'],
    step: ['smmla N.4s, A.16b, B.16b'],
    rows: { routine: 'strip<8, true>', tile: '8 x 8' },
    row: { routine: 'one_row<true>', tile: '1 x 16', step: ['sdot N.4s, A.16b, B.16b'] },
    pair: { routine: 'strip<2, true>', tile: '2 x 16' },
  },
  'neon int4': {
    source: 'gemm_i4/gemm_i4_neon',
    type: 'int4',
    cpus: ['cortex-a72', 'neoverse-n1'],
    step: ['smlal N.8h, A.8b, B.8b'],
    rows: { routine: 'add_groups<2>', tile: '2 x 8' },
    row: { routine: 'add_groups<1>', tile: '1 x 8' },
  },
  'neondot int4': {
    source: 'gemm_i4/gemm_i4_neondot',
    type: 'int4',
    cpus: ['neoverse-n1', 'neoverse-v1'],
    step: ['sdot N.4s, A.16b, B.4b[0]'],
    rows: { routine: 'add_groups<Tile, 8, 2>', tile: '8 x 8' },
    row: { routine: 'add_groups<Tile, 1, 4>', tile: '1 x 16' },
  },
  'neoni8mm int4': {
    source: 'gemm_i4/gemm_i4_neoni8mm',
    type: 'int4',
    cpus: ['neoverse-n2', 'neoverse-v1'],
    step: ['smmla N.4s, A.16b, B.16b'],
    rows: { routine: 'add_groups<Tile, 8, 2>', tile: '8 x 8' },
    row: { routine: 'add_groups<Tile, 1, 4>', tile: '1 x 16, twice' },
  },
  float32: {
    source: 'gemm_f32/gemm_f32_neon',
    type: 'float32',
    cpus: ['cortex-a72', 'neoverse-n1', 'neoverse-n2', 'neoverse-v1'],
    step: ['fmla N.4s, A.4s, B.4s'],
    rows: { routine: 'strip<8>', tile: '8 x 8' },
    row: { routine: 'strip<1>', tile: '1 x 32' },
  },
};

/**
 * The least that loops must reach, in multiply-adds a cycle.
 * @type {{ kernel: string, cpu: string, loop: 'rows' | 'row' | 'pair', rate: number }[]}
 */
export const LEAST_RATES = [
  { kernel: 'neon', cpu: 'cortex-a72', loop: 'rows', rate: 7.8 },
  { kernel: 'neon', cpu: 'cortex-a72', loop: 'row', rate: 7.8 },
  { kernel: 'neondot', cpu: 'neoverse-n1', loop: 'rows', rate: 30 },
  { kernel: 'neondot', cpu: 'neoverse-n1', loop: 'row', rate: 29 },
  { kernel: 'neoni8mm', cpu: 'neoverse-n2', loop: 'rows', rate: 62 },
  { kernel: 'neoni8mm', cpu: 'neoverse-n2', loop: 'row', rate: 26 },
  { kernel: 'neoni8mm', cpu: 'neoverse-n2', loop: 'pair', rate: 62 },
  { kernel: 'neoni8mm', cpu: 'neoverse-v1', loop: 'rows', rate: 124 },
  { kernel: 'neon int4', cpu: 'cortex-a72', loop: 'rows', rate: 7.8 },
  { kernel: 'neon int4', cpu: 'cortex-a72', loop: 'row', rate: 6 },
  { kernel: 'neondot int4', cpu: 'neoverse-n1', loop: 'rows', rate: 28 },
  { kernel: 'neondot int4', cpu: 'neoverse-n1', loop: 'row', rate: 15.5 },
  { kernel: 'neoni8mm int4', cpu: 'neoverse-n2', loop: 'rows', rate: 36 },
  { kernel: 'neoni8mm int4', cpu: 'neoverse-n2', loop: 'row', rate: 20 },
  { kernel: 'float32', cpu: 'cortex-a72', loop: 'rows', rate: 3.9 },
  { kernel: 'float32', cpu: 'neoverse-n1', loop: 'rows', rate: 7.8 },
];

/**
 * The most that int8 may take of float32's cycles for as many multiply-adds.
 * @type {{ kernel: string, cpu: string, ratio: number }[]}
 */
export const MOST_RATIOS = [
  { kernel: 'neon', cpu: 'cortex-a72', ratio: 0.55 },
  { kernel: 'neondot', cpu: 'neoverse-n1', ratio: 0.3 },
  { kernel: 'neoni8mm', cpu: 'neoverse-n2', ratio: 0.3 },
];
