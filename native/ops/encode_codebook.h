// Weights as 4-bit codes of a table of 16 values, times the largest magnitude of their block (NF4, FP4), and such
// magnitudes in 8 bits. The definition of both: T. Dettmers et al., "QLoRA", 2023, and the kernels of bitsandbytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"

namespace octavo {

constexpr size_t kCodebookSize = 16;

/// A value v of [-1, 1] gets codes[i], i the number of bounds below v, and stands for table[code].
struct Codebook16 {
  const float* bounds;   // [15], ascending
  const uint8_t* codes;  // [16], below 16
  const float* table;    // [16], by code
};

/// Consecutive blocks of `block` values, an even number; the last one may be shorter.
struct CodebookInput {
  const float* x;
  size_t count, block;
};

/// What the blocks become.
struct CodebookOutput {
  uint8_t* codes;  // [ceil(count / 2)]: the first of two codes in the high half; an odd count ends in a code of 0
  float* absmax;   // [blocks]
  /// [blocks, 2] or null: with t = table[code] and a = absmax, the sums of (x / a - t) t and of t^2. The squared error
  /// of a block whose magnitude is stored as a + d is that of a, less 2 a d times the first, plus d^2 times the second.
  float* moments;
  /// [2] or null: the sums of (x - a t)^2, a t rounded to float32, and of x^2. In double, in chains of every fourth
  /// value of a piece of whole blocks: the same bits with any number of threads.
  double* sums;
};

/// Code of x * inverse, inverse = float(1 / max(a, 1e-38)). ERR_RANGE, naming the index, if a value is not finite.
Status encode_codebook(const CodebookInput& input, const Codebook16& codebook, const CodebookOutput& output);

/// Magnitudes that share a scale.
constexpr size_t kNestedBlock = 256;

/// magnitude[i] = map[codes[i]] * scales[i / kNestedBlock] + offset, offset being their mean (summed in double, in
/// order). Each gets the nearest of the map's 256 ascending values; of two equally near the even code.
void nest_magnitudes(const float* magnitudes, size_t count, const float* map, uint8_t* codes, float* scales,
                     float* offset);

}  // namespace octavo
