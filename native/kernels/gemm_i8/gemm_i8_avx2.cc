// int8 GEMM for AVX2 without VNNI, exact: both sides widened to int16, `vpmaddwd`, which cannot overflow on bytes.
// 6 x 8 tile on the 16-column panels that AVX-512 uses too: a vector holds 4 columns x 2 partial sums, folded at the
// end.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_ahead_avx2.h"
#include "kernels/gemm_i8/gemm_i8_store_avx2.h"

namespace octavo {
namespace {

constexpr size_t kMr = 6, kNr = 16, kKr = 4, kStep = kNr * kKr, kTileColumns = 8;

inline __m256i load_widened(const int8_t* b) {
  return _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(b)));
}

/// Four int16 of one row of A in every quarter of a vector.
inline __m256i broadcast_row(const int16_t* a) {
  return _mm256_castpd_si256(_mm256_broadcast_sd(reinterpret_cast<const double*>(a)));
}

/// Adds neighbouring partial sums: columns 0..3 of `low` and 4..7 of `high`, in order.
inline __m256i fold(__m256i low, __m256i high) { return _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), 0xD8); }

/// acc += product, in place and in this order: 12 accumulators, 2 columns, a row and a product fill all 16 registers. A
/// compiler that works on several rows at once spills, one that adds into the product moves it back.
OCTAVO_INLINE void add_in_place(__m256i& acc, __m256i product) {
#ifdef __GNUC__
  asm volatile("vpaddd %1, %0, %0" : "+x"(acc) : "x"(product));
#else
  acc = _mm256_add_epi32(acc, product);
#endif
}

template <int R>
OCTAVO_INLINE void tile(const GemmI8Strip& s, const GemmI8Epilogue& e, TileStore store, size_t j, const Ahead& ahead) {
  __m256i acc[R][2];
  unroll_tile<R, 2>([&](auto r, auto h) OCTAVO_INLINE_LAMBDA { acc[r][h] = _mm256_setzero_si256(); });
  size_t steps = (s.k + kKr - 1) / kKr;
  const int8_t* b = s.b + j / kNr * steps * kStep + j % kNr * kKr;
  const size_t stride = s.a_stride_bytes;
  const char* a[2] = {static_cast<const char*>(s.a), static_cast<const char*>(s.a) + 3 * stride};
  const auto add_step = [&]() OCTAVO_INLINE_LAMBDA {
    const __m256i b0 = load_widened(b), b1 = load_widened(b + 16);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const __m256i row = broadcast_row(reinterpret_cast<const int16_t*>(a[r / 3] + r % 3 * stride));
      add_in_place(acc[r][0], _mm256_madd_epi16(row, b0));
      add_in_place(acc[r][1], _mm256_madd_epi16(row, b1));
    });
    b += kStep, a[0] += 2 * kKr, a[1] += 2 * kKr;
  };
  for (steps = ahead.run_steps(steps, add_step); steps > 0; --steps) add_step();
  __m256i sums[R];
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { sums[r] = fold(acc[r][0], acc[r][1]); });
  store_rows<R>(s, e, store, j, sums);
}

template <int R>
void strip(const GemmI8Strip& s) {
  const GemmI8Epilogue& e = *s.epilogue;
  const TileStore store = choose_store(s, e);
  Ahead ahead(s, kTileColumns);
  for (size_t j = 0; j < s.n; j += kTileColumns, ahead.next_tile()) tile<R>(s, e, store, j, ahead);
}

void gemm_i8_avx2(const GemmI8Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmI8Strip&) = {strip<1>, strip<2>, strip<3>,
                                                               strip<4>, strip<5>, strip<6>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmI8Kernel kGemmI8Avx2 = {kMr, kNr, kKr, AForm::kI16, 0, gemm_i8_avx2};

}  // namespace octavo
