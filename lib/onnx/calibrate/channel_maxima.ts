// The largest magnitudes of a tensor's channels.
import type { Sketch } from '../../calibrate';

/** The largest |x| of each channel of finite values; 0 for a channel without any. */
export function channelMaxima(sketch: Sketch): Float32Array {
  return Float32Array.from(sketch.channels, ({ min, max }) => Math.max(-min, max, 0));
}
