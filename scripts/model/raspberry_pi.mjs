// Whole layers on a Raspberry Pi 4B, from the modelled loops and the bandwidth of its memory.

/**
 * Clocks: Broadcom BCM2711, 1.5 GHz as it first came, 1.8 GHz of later boards. Bandwidth: STREAM on a Pi 4, 4.8 to 5.6
 * GB/s, 0.4 less with a screen attached (https://www.sci-pi.org.uk/bench/stream.html), so that 4.4 and 5.6 enclose it.
 */
export const RASPBERRY_PI_4B = {
  cpu: 'cortex-a72',
  clocks: [1.5e9, 1.8e9],
  bandwidth: { low: 4.4e9, high: 5.6e9 },
  cores: 4,
};

/**
 * The share of the loops' modelled rate that a slow run still reaches: the models know nothing of what a tile's end takes,
 * nor of rows that are quantized, nor of caches. An estimate.
 */
export const SLOW_SHARE = 0.8;

export const LAYERS = [
  { m: 128, n: 768, k: 768 },
  { m: 1, n: 1024, k: 1024 },
];

/** Of a weight; 4 bits with a scale for every 128 weights. */
const ELEMENT_BYTES = { int4: 0.5 + 4 / 128, int8: 1, float32: 4 };

/** Bytes that a layer moves: its weights, which come from memory each time, and its inputs and outputs, float32 in every form. */
const layerBytes = ({ m, n, k }, type) => n * k * ELEMENT_BYTES[type] + 4 * m * (n + k);

/**
 * @typedef {object} LayerTime
 * @property {{ m: number, n: number, k: number }} layer
 * @property {'int4' | 'int8' | 'float32'} type
 * @property {number} clock in Hz
 * @property {number} threads
 * @property {number} fast seconds, if loops run as modelled and memory comes beside them
 * @property {number} slow seconds, with SLOW_SHARE of the loops' rate, after memory and at its lower bandwidth
 */

/**
 * The range of a layer's time.
 * @param {LayerTime['layer']} layer
 * @param {{ type: LayerTime['type'], rate: number, clock: number, threads: number }} options `rate`: of the loop, in
 *   multiply-adds a cycle
 * @returns {LayerTime}
 */
export function timeLayer(layer, { type, rate, clock, threads }) {
  const { bandwidth } = RASPBERRY_PI_4B;
  const arithmetic = (layer.m * layer.n * layer.k) / (rate * clock * threads);
  const bytes = layerBytes(layer, type);
  return {
    layer,
    type,
    clock,
    threads,
    fast: Math.max(arithmetic, bytes / bandwidth.high),
    slow: arithmetic / SLOW_SHARE + bytes / bandwidth.low,
  };
}

/**
 * Each layer in all types, on one core and on all, at each clock.
 * @param {readonly import('./model_loops.mjs').ModelledLoop[]} loops
 */
export function timeLayers(loops) {
  const { cpu, clocks, cores } = RASPBERRY_PI_4B;
  const rateOf = (kernel, loop) =>
    loops.find((modelled) => modelled.kernel === kernel && modelled.loop === loop && modelled.cpu === cpu).rate;
  return LAYERS.flatMap((layer) =>
    [1, cores].flatMap((threads) =>
      [
        { type: 'int4', kernel: 'neon int4' },
        { type: 'int8', kernel: 'neon' },
        { type: 'float32', kernel: 'float32' },
      ].flatMap(({ type, kernel }) =>
        clocks.map((clock) =>
          timeLayer(layer, { type, clock, threads, rate: rateOf(kernel, layer.m === 1 ? 'row' : 'rows') }),
        ),
      ),
    ),
  );
}
