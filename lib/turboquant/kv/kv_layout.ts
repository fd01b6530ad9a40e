// Bytes of what a cache holds.
import type { KvConfig } from './kv_options';

export type KvSide = 'keys' | 'values';

/** Bytes of one vector's codes: exact, as headDim is a multiple of 8. */
export function codeBytes(config: KvConfig, side: KvSide): number {
  return (config.headDim * (side === 'keys' ? config.keyBits : config.valueBits)) / 8;
}

/** Bytes of a vector's scale, a float16. */
export const SCALE_BYTES = 2;

export function pageBytes(config: KvConfig): number {
  const vector = codeBytes(config, 'keys') + codeBytes(config, 'values') + 2 * SCALE_BYTES;
  return config.kvHeads * config.pageTokens * vector;
}

/** Bytes of a token's keys and values in float16. */
export function halfTokenBytes(config: KvConfig): number {
  return 4 * config.kvHeads * config.headDim;
}

/** A part of a page: rows of `bytes` bytes, [kvHeads][pageTokens], from `offset` on. */
export interface PageSection {
  readonly offset: number;
  readonly bytes: number;
}

/** Codes of keys, codes of values, scales of keys, scales of values. */
export function pageSections(config: KvConfig): readonly PageSection[] {
  const sections: PageSection[] = [];
  let offset = 0;
  for (const bytes of [codeBytes(config, 'keys'), codeBytes(config, 'values'), SCALE_BYTES, SCALE_BYTES]) {
    sections.push({ offset, bytes });
    offset += config.kvHeads * config.pageTokens * bytes;
  }
  return sections;
}

/** What native calls on pages take first. */
export function layoutNumbers(config: KvConfig): readonly number[] {
  return [config.kvHeads, config.keyBits, config.valueBits, config.pageTokens];
}
