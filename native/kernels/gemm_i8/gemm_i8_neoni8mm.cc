// int8 GEMM for ARMv8.6-A: up to 8 x 8, SMMLA, each a product of 2 rows and 2 columns over 8 of k; USMMLA for uint8.
//
// A vector holds 8 values of one row, then 8 of the next. Rows up to kMostInterleaved are brought into that order once
// for all columns of a strip, so that 8 loads bring what 16 SMMLA take, and their rate bounds the loop. Longer rows are
// joined on their way into registers, which costs one more vector operation for every 4 SMMLA of 8 rows, and so are
// those that meet one tile alone. One row alone fills half of an SMMLA: it takes SDOT, or USDOT, on the same panels.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_store_neon.h"

namespace octavo {
namespace {

constexpr size_t kMr = 8, kNr = 16, kKr = 8, kStep = kNr * kKr;
constexpr size_t kMostInterleaved = 4096;  // with 8 rows, 32 KiB of the stack

/// sum += rows times columns, A as int8 or uint8. GCC copies sums between registers unless the instruction keeps them
/// in place.
template <bool kSigned>
OCTAVO_INLINE int32x4_t multiply_pairs(int32x4_t sum, int8x16_t rows, int8x16_t columns) {
#if defined(__GNUC__) && !defined(__clang__)
  if constexpr (kSigned)
    asm("smmla %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(rows), "w"(columns));
  else
    asm("usmmla %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(rows), "w"(columns));
  return sum;
#else
  return kSigned ? vmmlaq_s32(sum, rows, columns) : vusmmlaq_s32(sum, vreinterpretq_u8_s8(rows), columns);
#endif
}

/// sum += what each 4 values of a row give with 4 of a column.
template <bool kSigned>
OCTAVO_INLINE int32x4_t multiply_row(int32x4_t sum, int8x16_t row, int8x16_t columns) {
#if defined(__GNUC__) && !defined(__clang__)
  if constexpr (kSigned)
    asm("sdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(row), "w"(columns));
  else
    asm("usdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(row), "w"(columns));
  return sum;
#else
  return kSigned ? vdotq_s32(sum, row, columns) : vusdotq_s32(sum, vreinterpretq_u8_s8(row), columns);
#endif
}

/// Row r of a strip; the last one again for the partner that an odd number of rows lacks.
template <int R>
OCTAVO_INLINE const int8_t* row_of(const GemmI8Strip& s, int r) {
  return static_cast<const int8_t*>(s.a) + static_cast<size_t>(r < R ? r : R - 1) * s.a_stride_bytes;
}

/// Pairs of rows where they lie.
template <int R>
struct RowPairs {
  const int8_t* rows[R + R % 2];

  explicit RowPairs(const GemmI8Strip& s) {
    unroll<R + R % 2>([&](auto r) OCTAVO_INLINE_LAMBDA { rows[r] = row_of<R>(s, r); });
  }
  OCTAVO_INLINE int8x16_t load(int pair, size_t step) const {
    return vcombine_s8(vld1_s8(rows[2 * pair] + step * kKr), vld1_s8(rows[2 * pair + 1] + step * kKr));
  }
};

/// Pairs of rows side by side in memory, pair by pair within each step.
template <int R>
struct InterleavedPairs {
  static constexpr int kPairs = (R + 1) / 2;
  const int8_t* pairs;

  InterleavedPairs(const GemmI8Strip& s, size_t steps, int8_t* memory) : pairs(memory) {
    const RowPairs<R> rows(s);
    for (size_t step = 0; step < steps; ++step, memory += kPairs * 16)
      unroll<kPairs>([&](auto p) OCTAVO_INLINE_LAMBDA { vst1q_s8(memory + p * 16, rows.load(p, step)); });
  }
  OCTAVO_INLINE int8x16_t load(int pair, size_t step) const { return vld1q_s8(pairs + (step * kPairs + pair) * 16); }
};

/// R rows and C pairs of columns.
template <int R, int C, bool kSigned, typename Pairs>
OCTAVO_INLINE void tile(const GemmI8Strip& s, TileStore store, size_t j, const Pairs& pairs) {
  const size_t steps = (s.k + kKr - 1) / kKr;
  constexpr int kPairs = (R + 1) / 2;
  int32x4_t acc[kPairs][C];
  unroll_tile<kPairs, C>([&](auto p, auto c) OCTAVO_INLINE_LAMBDA { acc[p][c] = vdupq_n_s32(0); });
  const int8_t* b = s.b + j / kNr * steps * kStep + j % kNr * kKr;
  const auto add_step = [&](size_t step) OCTAVO_INLINE_LAMBDA {
    int8x16_t rows[kPairs];
    unroll<kPairs>([&](auto p) OCTAVO_INLINE_LAMBDA { rows[p] = pairs.load(p, step); });
    unroll<C>([&](auto c) OCTAVO_INLINE_LAMBDA {
      const int8x16_t columns = vld1q_s8(b + step * kStep + c * 16);
      unroll<kPairs>([&](auto p)
                         OCTAVO_INLINE_LAMBDA { acc[p][c] = multiply_pairs<kSigned>(acc[p][c], rows[p], columns); });
    });
  };
  size_t step = steps % 2;
  if (step != 0) add_step(0);
  for (; step < steps; step += 2) {
    add_step(step);
    add_step(step + 1);
  }
  int32x4_t sums[R][C / 2];
  unroll_tile<R, C / 2>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA {
    const int64x2_t left = vreinterpretq_s64_s32(acc[r / 2][2 * c]);
    const int64x2_t right = vreinterpretq_s64_s32(acc[r / 2][2 * c + 1]);
    sums[r][c] = vreinterpretq_s32_s64(r % 2 == 0 ? vzip1q_s64(left, right) : vzip2q_s64(left, right));
  });
  store_tile(s, store, 0, j, sums);
}

/// 5 rows and more take half a panel at a time: the sums of a whole one would be all registers.
template <int R, bool kSigned, typename Pairs>
OCTAVO_INLINE void tiles(const GemmI8Strip& s, const Pairs& pairs) {
  constexpr int C = R > 4 ? 4 : 8;
  const TileStore store = choose_store(s, *s.epilogue);
  for (size_t j = 0; j < s.n; j += 2 * C) tile<R, C, kSigned>(s, store, j, pairs);
}

template <int R, bool kSigned>
void strip(const GemmI8Strip& s) {
  const size_t steps = (s.k + kKr - 1) / kKr;
  const bool once = s.n <= (R > 4 ? kNr / 2 : kNr);  // by a single tile
  if (once || steps * kKr > kMostInterleaved) return tiles<R, kSigned>(s, RowPairs<R>(s));
  alignas(64) int8_t memory[(R + R % 2) * kMostInterleaved];
  tiles<R, kSigned>(s, InterleavedPairs<R>(s, steps, memory));
}

/// One step of one row, its 8 values twice in a vector: they meet 2 columns and give two sums for each.
template <bool kSigned, int C>
OCTAVO_INLINE void add_row(int32x4_t (&acc)[C], int64x2_t row, const int8_t* b) {
  unroll<C>([&](auto c) OCTAVO_INLINE_LAMBDA {
    acc[c] = multiply_row<kSigned>(acc[c], vreinterpretq_s8_s64(row), vld1q_s8(b + c * 16));
  });
}

template <bool kSigned>
void one_row(const GemmI8Strip& s) {
  constexpr int C = kNr / 2;
  const size_t steps = (s.k + kKr - 1) / kKr;
  const TileStore store = choose_store(s, *s.epilogue);
  const int8_t* b = s.b;
  for (size_t j = 0; j < s.n; j += kNr) {
    int32x4_t acc[C];
    unroll<C>([&](auto c) OCTAVO_INLINE_LAMBDA { acc[c] = vdupq_n_s32(0); });
    const int8_t* a = static_cast<const int8_t*>(s.a);
    for (size_t pairs = steps / 2; pairs > 0; --pairs, a += 2 * kKr, b += 2 * kStep) {
      const int64x2_t values = vreinterpretq_s64_s8(vld1q_s8(a));
      add_row<kSigned>(acc, vdupq_laneq_s64(values, 0), b);
      add_row<kSigned>(acc, vdupq_laneq_s64(values, 1), b + kStep);
    }
    if (steps % 2 != 0) {
      add_row<kSigned>(acc, vdupq_lane_s64(vreinterpret_s64_s8(vld1_s8(a)), 0), b);
      b += kStep;
    }
    int32x4_t sums[1][C / 2];
    unroll<C / 2>([&](auto c) OCTAVO_INLINE_LAMBDA { sums[0][c] = vpaddq_s32(acc[2 * c], acc[2 * c + 1]); });
    store_tile(s, store, 0, j, sums);
  }
}

template <bool kSigned>
void run(const GemmI8Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmI8Strip&) = {one_row<kSigned>,  strip<2, kSigned>, strip<3, kSigned>,
                                                               strip<4, kSigned>, strip<5, kSigned>, strip<6, kSigned>,
                                                               strip<7, kSigned>, strip<8, kSigned>};
  kStrips[s.rows - 1](s);
}

void gemm_i8_neoni8mm(const GemmI8Strip& s) { s.a_signed ? run<true>(s) : run<false>(s); }

}  // namespace

const GemmI8Kernel kGemmI8Neoni8mm = {kMr, kNr, kKr, AForm::kBytes, 0, gemm_i8_neoni8mm};

}  // namespace octavo
