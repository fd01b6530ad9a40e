// The 8-bit dynamic map of bitsandbytes (T. Dettmers, "8-bit approximations for parallelism in deep learning", 2015): decimal
// exponents from 0 down to -6, each with twice the fractions of the one below.

const EXPONENTS = 7;

/** `count` values from 0.1 to 1 as PyTorch spaces them: steps from both ends, each value rounded to float32 once. */
function spacedValues(count: number): Float32Array {
  const [first, last] = [Math.fround(0.1), 1];
  const step = Math.fround(Math.fround(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < count >> 1 ? first + step * i : last - step * (count - 1 - i),
  );
}

function mapOf(): Float32Array {
  const values = [0, 1];
  for (let i = 0; i < EXPONENTS; i++) {
    const bounds = spacedValues(2 ** i + 1);
    const power = Math.fround(10 ** (i - EXPONENTS + 1));
    for (let j = 0; j < 2 ** i; j++) {
      const fraction = Math.fround(bounds[j]! + bounds[j + 1]!) / 2;
      const value = Math.fround(power * fraction);
      values.push(value, -value);
    }
  }
  return Float32Array.from(values).sort();
}

/** 256 ascending values from -0.993 to 1. */
export const DYNAMIC_MAP: Float32Array = mapOf();
