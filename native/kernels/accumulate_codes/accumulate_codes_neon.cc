// accumulate_codes with NEON: TBL looks 16 codes up in a table of 16 bytes, once for each byte of the levels, and zips
// put the bytes of 16 floats together.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/accumulate_codes/accumulate_codes_groups_scalar.h"

namespace octavo {
namespace {

/// Tables of the four bytes of the levels. Tables of fewer than 16 levels are repeated: what lies above a code's bits,
/// up to bit 3, needs no mask.
struct LevelBytes {
  uint8x16_t byte[4];

  explicit LevelBytes(const AccumulateCodes& sum) {
    uint8_t tables[4][16];
    for (unsigned i = 0; i < 16; ++i) {
      uint8_t bytes[4];
      std::memcpy(bytes, sum.levels + (i & ((1u << sum.bits) - 1)), sizeof bytes);
      for (int b = 0; b < 4; ++b) tables[b][i] = bytes[b];
    }
    unroll<4>([&](auto b) OCTAVO_INLINE_LAMBDA { byte[b] = vld1q_u8(tables[b]); });
  }

  /// The levels of 16 codes, which must be below 16.
  OCTAVO_INLINE void look_up(uint8x16_t codes, float32x4_t levels[4]) const {
    const uint8x16_t b0 = vqtbl1q_u8(byte[0], codes), b1 = vqtbl1q_u8(byte[1], codes);
    const uint8x16_t b2 = vqtbl1q_u8(byte[2], codes), b3 = vqtbl1q_u8(byte[3], codes);
    const uint16x8_t low0 = vreinterpretq_u16_u8(vzip1q_u8(b0, b1)), low1 = vreinterpretq_u16_u8(vzip2q_u8(b0, b1));
    const uint16x8_t high0 = vreinterpretq_u16_u8(vzip1q_u8(b2, b3)), high1 = vreinterpretq_u16_u8(vzip2q_u8(b2, b3));
    levels[0] = vreinterpretq_f32_u16(vzip1q_u16(low0, high0));
    levels[1] = vreinterpretq_f32_u16(vzip2q_u16(low0, high0));
    levels[2] = vreinterpretq_f32_u16(vzip1q_u16(low1, high1));
    levels[3] = vreinterpretq_f32_u16(vzip2q_u16(low1, high1));
  }
};

/// 16 codes of 2 bits from 4 bytes, with other bits above them.
inline uint8x16_t spread_pairs(const uint8_t* from) {
  static const uint8_t kByte[] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  static const int8_t kShift[] = {0, -2, -4, -6, 0, -2, -4, -6, 0, -2, -4, -6, 0, -2, -4, -6};
  uint32_t word;
  std::memcpy(&word, from, sizeof word);
  return vshlq_u8(vqtbl1q_u8(vreinterpretq_u8_u32(vdupq_n_u32(word)), vld1q_u8(kByte)), vld1q_s8(kShift));
}

/// 16 codes of 1 bit from 2 bytes, with other bits above them.
inline uint8x16_t spread_bits(const uint8_t* from) {
  static const int8_t kShift[] = {0, -1, -2, -3, -4, -5, -6, -7, 0, -1, -2, -3, -4, -5, -6, -7};
  return vshlq_u8(vcombine_u8(vdup_n_u8(from[0]), vdup_n_u8(from[1])), vld1q_s8(kShift));
}

/// 16 codes below 16 from coordinate `at` on, `plane` being the bytes of the first plane of 3 bits.
template <unsigned kBits>
OCTAVO_INLINE uint8x16_t load_codes(const uint8_t* row, size_t at, [[maybe_unused]] size_t plane) {
  const uint8x16_t mask = vdupq_n_u8(15);
  if constexpr (kBits == 1) return vandq_u8(spread_bits(row + at / 8), mask);
  if constexpr (kBits == 2) return vandq_u8(spread_pairs(row + at / 4), mask);
  if constexpr (kBits == 3) {
    const uint8x16_t low = vandq_u8(spread_pairs(row + at / 4), vdupq_n_u8(3));
    return vandq_u8(vorrq_u8(low, vshlq_n_u8(spread_bits(row + plane + at / 8), 2)), mask);
  }
  const uint8x8_t bytes = vld1_u8(row + at / 2);
  const uint8x8_t low = vand_u8(bytes, vdup_n_u8(15)), high = vshr_n_u8(bytes, 4);
  return vcombine_u8(vzip1_u8(low, high), vzip2_u8(low, high));
}

/// kQueries rows from `query` on of kGroups times 16 coordinates from `at` on.
template <unsigned kBits, int kQueries, int kGroups>
void accumulate_group(const AccumulateCodes& sum, const LevelBytes& table, size_t query, size_t at) {
  float32x4_t acc[kQueries][4 * kGroups];
  float* const to = sum.acc + query * sum.acc_stride + at;
  const float* const weights = sum.weights + query * sum.weight_stride;
  const size_t plane = (sum.dim + 3) / 4;
  unroll_tile<kQueries, 4 * kGroups>(
      [&](auto r, auto v) OCTAVO_INLINE_LAMBDA { acc[r][v] = vld1q_f32(to + r * sum.acc_stride + 4 * v); });
  const uint8_t* row = sum.codes;
  for (size_t i = 0; i < sum.tokens; ++i, row += sum.row_stride)
    unroll<kGroups>([&](auto g) OCTAVO_INLINE_LAMBDA {
      float32x4_t levels[4];
      table.look_up(load_codes<kBits>(row, at + 16 * g, plane), levels);
      unroll_tile<kQueries, 4>([&](auto r, auto v) OCTAVO_INLINE_LAMBDA {
        const float32x4_t weight = vdupq_n_f32(weights[r * sum.weight_stride + i]);
        acc[r][4 * g + v] = vfmaq_f32(acc[r][4 * g + v], weight, levels[v]);
      });
    });
  unroll_tile<kQueries, 4 * kGroups>(
      [&](auto r, auto v) OCTAVO_INLINE_LAMBDA { vst1q_f32(to + r * sum.acc_stride + 4 * v, acc[r][v]); });
}

struct GroupsNeon {
  static constexpr size_t kGroup = 16;
  static constexpr bool kHasBytes = false;
  template <unsigned kBits>
  using Table = LevelBytes;

  static constexpr int groups_at_once(int queries) { return 4 / queries; }

  template <unsigned kBits, int kQueries, int kGroups>
  static void run(const AccumulateCodes& sum, const Table<kBits>& table, size_t query, size_t at) {
    accumulate_group<kBits, kQueries, kGroups>(sum, table, query, at);
  }
};

void accumulate_codes_neon(const AccumulateCodes& sum) { accumulate_groups<GroupsNeon>(sum); }

}  // namespace

const AccumulateCodesKernel kAccumulateCodesNeon = {accumulate_codes_neon};

}  // namespace octavo
