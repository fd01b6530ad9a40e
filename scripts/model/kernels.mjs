// Which loops of which kernels are modelled, for which CPUs, and what they have to reach.

/**
 * @typedef {object} Loop
 * @property {string} routine the function that holds it
 * @property {string} tile rows x columns whose sums it keeps
 * @property {string} [note]
 */

/**
 * @typedef {object} Kernel
 * @property {string} source below native/kernels, without its ending
 * @property {string} type
 * @property {readonly string[]} cpus llvm-mca's names
 * @property {readonly string[]} step what no product can do without, with registers N, A, B for a sum's and two operands'
 * @property {Loop} rows the loop of whole tiles
 * @property {Loop} row the loop of a single row
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
  float32: {
    source: 'gemm_f32/gemm_f32_neon',
    type: 'float32',
    cpus: ['cortex-a72', 'neoverse-n1'],
    step: ['fmla N.4s, A.4s, B.4s'],
    rows: { routine: 'strip<8>', tile: '8 x 8' },
    row: { routine: 'strip<1>', tile: '1 x 32' },
  },
};

/**
 * The least that loops must reach, in multiply-adds a cycle.
 * @type {{ kernel: string, cpu: string, loop: 'rows' | 'row', rate: number }[]}
 */
export const LEAST_RATES = [
  { kernel: 'neon', cpu: 'cortex-a72', loop: 'rows', rate: 7.8 },
  { kernel: 'neon', cpu: 'cortex-a72', loop: 'row', rate: 7.8 },
  { kernel: 'float32', cpu: 'cortex-a72', loop: 'rows', rate: 3.9 },
];

/**
 * The most that int8 may take of float32's cycles for as many multiply-adds.
 * @type {{ kernel: string, cpu: string, ratio: number }[]}
 */
export const MOST_RATIOS = [{ kernel: 'neon', cpu: 'cortex-a72', ratio: 0.55 }];
