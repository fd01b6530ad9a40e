// Seeds of rotations that no two updates share.
import { randomBytes } from 'node:crypto';
import { checkInteger } from '../../validate';

const MASK = (1n << 64n) - 1n;

/** A step of SplitMix64 (Steele, Lea, Flood 2014) from a state: numbers that differ in one bit become unlike each other. */
function mixed(state: bigint): bigint {
  let z = (state + 0x9e3779b97f4a7c15n) & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/** The seed of a client's update in a round: different for each pair, the same on every machine. Both from 0 to 2^32 - 1. */
export function updateSeed(client: number, round: number): bigint {
  const low = BigInt(checkInteger('client', client, 0, 2 ** 32 - 1));
  return mixed((BigInt(checkInteger('round', round, 0, 2 ** 32 - 1)) << 32n) | low);
}

/** A seed that nobody foresees. */
export function freshSeed(): bigint {
  return randomBytes(8).readBigUInt64LE();
}
