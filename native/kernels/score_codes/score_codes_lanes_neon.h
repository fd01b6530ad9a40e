// Levels of codes in vectors of 16 bytes, for NEON with and without the dot product.
#pragma once

#include <arm_neon.h>

#include "kernels/score_codes/score_codes_tiles_scalar.h"

namespace octavo {
namespace {

template <int kRight>
OCTAVO_INLINE uint8x16_t shift_right(uint8x16_t value) {
  if constexpr (kRight > 0)
    return vshrq_n_u8(value, kRight);
  else if constexpr (kRight < 0)
    return vshlq_n_u8(value, -kRight);
  else
    return value;
}

template <int kBits>
struct Codes128 {
  uint8x16_t first, high;  // high: of 3 bits, the 4 bits of each byte's values

  OCTAVO_INLINE void load(const uint8_t* plane, [[maybe_unused]] const uint8_t* high_plane) {
    first = vld1q_u8(plane);
    if constexpr (kBits == 3) {
      const uint8x8_t pairs = vld1_u8(high_plane);
      const uint8x8x2_t parts = vzip_u8(vand_u8(pairs, vdup_n_u8(15)), vshr_n_u8(pairs, 4));
      high = vcombine_u8(parts.val[0], parts.val[1]);
    }
  }

  template <int kShift>
  OCTAVO_INLINE uint8x16_t indices() const {
    constexpr int kWidth = kBits == 3 ? 2 : kBits;
    const uint8x16_t low = vandq_u8(shift_right<kShift * kWidth>(first), vdupq_n_u8((1 << kWidth) - 1));
    if constexpr (kBits != 3) return low;
    return vorrq_u8(low, vandq_u8(shift_right<kShift - 2>(high), vdupq_n_u8(4)));
  }
};

/// All of an instruction set's part but the products.
struct LanesNeon {
  using Sum = int32x4_t;
  using Levels = int8x16_t;
  template <int kBits>
  using Codes = Codes128<kBits>;
  static constexpr size_t kBytes = 16;
  static constexpr bool kFetches = false;
  template <int kBits, int Q>
  static constexpr int rows_of() {
    return 4;
  }

  int8x16_t table;

  explicit LanesNeon(const int8_t* levels) : table(levels ? vld1q_s8(levels) : vdupq_n_s8(0)) {}

  static OCTAVO_INLINE Sum zero() { return vdupq_n_s32(0); }
  static OCTAVO_INLINE int8x16_t load_query(const int8_t* query) { return vld1q_s8(query); }

  template <int kBits, int kShift>
  OCTAVO_INLINE Levels levels_of(const Codes128<kBits>& codes) const {
    if constexpr (kBits == 8)
      return vreinterpretq_s8_u8(codes.first);
    else
      return vqtbl1q_s8(table, codes.template indices<kShift>());
  }

  static OCTAVO_INLINE int32_t total_of(Sum sum, int32_t) { return vaddvq_s32(sum); }
  static OCTAVO_INLINE void store_four(int32_t* out, int32_t, Sum a, Sum b, Sum c, Sum d) {
    vst1q_s32(out, vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d)));
  }
};

}  // namespace
}  // namespace octavo
