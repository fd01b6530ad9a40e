// The bytes that a cache holds, counted.

import type { KvLayer } from './kv_layer';
import { codeBytes, halfTokenBytes, SCALE_BYTES } from './kv_layout';
import type { KvConfig } from './kv_options';

/** Bytes of all layers. */
export interface KvMemory {
  /** Of tokens that are codes: planes of keys and values, and a float16 scale for each vector. */
  readonly codeBytes: number;
  /** Of tokens in float16: sinks, the window, and those that wait for the mean. */
  readonly float16Bytes: number;
  /** codeBytes + float16Bytes: what the tokens take. */
  readonly usedBytes: number;
  /** Means and balances: the same for any number of tokens. */
  readonly calibrationBytes: number;
  /** What is reserved: pages of codes and float16 rows, filled or not, and calibrationBytes. */
  readonly allocatedBytes: number;
  /** Bits of a value of the codes, with its share of the scale: bits + 16 / headDim. */
  readonly keyBitsPerValue: number;
  readonly valueBitsPerValue: number;
  /** Bits of all tokens' values, of keys and values together. 0 for an empty cache. */
  readonly bitsPerValue: number;
  /** How many times as many bytes the same tokens would take in float16. 1 for an empty cache. */
  readonly ratio: number;
}

export function memoryOf(config: KvConfig, layers: readonly KvLayer[]): KvMemory {
  const sum = (bytes: (layer: KvLayer) => number) => layers.reduce((all, layer) => all + bytes(layer), 0);
  const codes = sum((layer) => layer.codes.usedBytes);
  const float16 = sum((layer) => layer.sinks.usedBytes + layer.window.usedBytes);
  const calibration = sum(({ transform, statistics }) => {
    const frozen = (transform?.mean?.byteLength ?? 0) + (transform?.balance?.byteLength ?? 0);
    return frozen + (statistics?.byteLength ?? 0);
  });
  const reserved = sum(
    (layer) => layer.codes.allocatedBytes + layer.sinks.data.byteLength + layer.window.data.byteLength,
  );
  const whole = sum((layer) => layer.length) * halfTokenBytes(config);
  const used = codes + float16;
  return {
    codeBytes: codes,
    float16Bytes: float16,
    usedBytes: used,
    calibrationBytes: calibration,
    allocatedBytes: reserved + calibration,
    keyBitsPerValue: (8 * (codeBytes(config, 'keys') + SCALE_BYTES)) / config.headDim,
    valueBitsPerValue: (8 * (codeBytes(config, 'values') + SCALE_BYTES)) / config.headDim,
    bitsPerValue: whole === 0 ? 0 : (16 * used) / whole,
    ratio: used === 0 ? 1 : whole / used,
  };
}
