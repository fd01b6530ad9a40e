// The reference of the checksum against published hashes.
import { expect, it } from 'vitest';
import { xxh64 } from './xxh64';

it('the checksum is XXH64', () => {
  expect(xxh64(new Uint8Array(0)).toString(16)).toBe('ef46db3751d8e999');
  expect(xxh64(Buffer.from('abc')).toString(16)).toBe('44bc2cf5ad770999');
});
