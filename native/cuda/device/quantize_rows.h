// Dynamic quantization row by row, kernels/quantize/quantize.h, of which the bytes come out as int8: 128 less. A row's
// values stay in registers between the search for its range and their rounding, as far as they fit; memory gives the
// rest a second time.
#pragma once

#include <cmath>

#include "core/float_bits.h"
#include "cuda/device/quantize_operands.h"
#include "cuda/device/rounding.h"
#include "cuda/device/simt_instructions.h"
#include "cuda/device/unit_access.h"
#include "kernels/quantize/quantize_scalar.h"

namespace octavo::device {

/// The low byte of what comes out is that of quantize_row_value(x, inverse) - 128.
OCTAVO_DEVICE uint32_t round_row_value(float x, float inverse) {
  const float v = x * inverse;
  return bits_of(std::fmin(std::fmax(v != v ? 0.0f : v, -127.0f), 127.0f) + kRounder);
}

OCTAVO_DEVICE uint32_t round_row_unit(const Float4& x, float inverse) {
  return pack_bytes(round_row_value(x.v[0], inverse), round_row_value(x.v[1], inverse),
                    round_row_value(x.v[2], inverse), round_row_value(x.v[3], inverse));
}

/// The bits of the largest finite magnitude.
OCTAVO_DEVICE uint32_t widen_magnitude(uint32_t largest, const Float4& x) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const uint32_t magnitude = bits_of(x.v[i]) & 0x7FFFFFFF;
    if (magnitude < kInfinityBits && magnitude > largest) largest = magnitude;
  }
  return largest;
}

/// kRowThreads threads take a row: a warp, or all kThreads of the block. kUnits units of four values for each are kept.
template <int kThreads, int kRowThreads, int kUnits>
struct RowQuantizer {
  static constexpr int kRows = kThreads / kRowThreads, kWarps = kRowThreads / 32;
  static_assert(kRowThreads == 32 || kRowThreads == kThreads);

  /// Of one value from each thread of the row. `shared` has kWarps words that no one else uses.
  template <typename Fold>
  static OCTAVO_DEVICE uint32_t fold_row(uint32_t value, uint32_t* shared, const Fold& fold) {
    value = fold(value);
    if (kWarps == 1) return value;
    const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    if (lane == 0) shared[warp] = value;
    __syncthreads();
    return fold(lane < kWarps ? shared[lane] : 0);
  }

  static OCTAVO_DEVICE void run(const FloatRows& x, const Int8Rows& q, uint32_t* shared) {
    const size_t row = size_t{blockIdx.x} * kRows + threadIdx.x / kRowThreads;
    if (row >= x.rows) return;  // whole warps, of a block without barriers
    const size_t first = threadIdx.x % kRowThreads, units = (x.count + 15) / 16 * 4;
    const float* const from = x.first + row * x.stride;
    const Span span = {0, x.count};
    const bool aligned = is_aligned<Float4>(from);
    Float4 kept[kUnits];
#pragma unroll
    for (int i = 0; i < kUnits; ++i) kept[i] = load_unit<Float4>(from, first + i * kRowThreads, span, aligned);
    uint32_t largest = 0;
#pragma unroll
    for (int i = 0; i < kUnits; ++i) largest = widen_magnitude(largest, kept[i]);
    constexpr size_t kKept = size_t{kUnits} * kRowThreads;
    for (size_t u = first + kKept; u < units; u += kRowThreads)
      largest = widen_magnitude(largest, load_unit<Float4>(from, u, span, aligned));
    const float absmax = float_of_bits(fold_row(largest, shared, [](uint32_t v) { return warp_max(v); })),
                inverse = row_inverse(absmax);

    auto* const to = reinterpret_cast<uint32_t*>(q.q + row * q.stride);
    uint32_t sum = 0;
    const auto store = [&](size_t unit, const Float4& values) {
      const uint32_t word = round_row_unit(values, inverse);
      to[unit] = word;
      sum = add_signed_bytes(sum, word);
    };
#pragma unroll
    for (int i = 0; i < kUnits; ++i)
      if (first + i * kRowThreads < units) store(first + i * kRowThreads, kept[i]);
    for (size_t u = first + kKept; u < units; u += kRowThreads) store(u, load_unit<Float4>(from, u, span, aligned));
    if (q.sums != nullptr) sum = fold_row(sum, shared + kWarps, [](uint32_t v) { return warp_sum(v); });
    if (first != 0) return;
    q.scales[row] = absmax / 127.0f;
    if (q.sums != nullptr) q.sums[row] = static_cast<int32_t>(sum);
  }
};

}  // namespace octavo::device
