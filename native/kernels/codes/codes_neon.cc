// Encoding and decoding with NEON: 16 coordinates a step; what is left goes through the scalar definition.
#include <arm_neon.h>

#include "core/float_bits.h"
#include "kernels/codes/codes_scalar.h"

namespace octavo {
namespace {

constexpr size_t kStep = 16, kRegister = 4;

/// The 16 lanes of a sum.
struct Lanes {
  float32x4_t part[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};

  void store(LaneSum& sum) const {
    unroll<4>([&](auto p) OCTAVO_INLINE_LAMBDA { vst1q_f32(sum.lanes + p * kRegister, part[p]); });
  }
};

inline float norm_of(const float* y, size_t dim) {
  Lanes squares;
  size_t i = 0;
  for (; i + kStep <= dim; i += kStep)
    unroll<4>([&](auto p) OCTAVO_INLINE_LAMBDA {
      const float32x4_t v = vld1q_f32(y + i + p * kRegister);
      squares.part[p] = vaddq_f32(squares.part[p], vmulq_f32(v, v));
    });
  LaneSum sum;
  squares.store(sum);
  add_squares(y, i, dim, sum);
  return std::sqrt(sum.total());
}

/// Cells, counted from 0, of positive values by the bits of their magnitudes: the number of boundaries below them, or
/// from 16 cells on a binary search lane by lane.
template <int kBits>
OCTAVO_INLINE uint32x4_t cell_of(uint32x4_t magnitude, const Codebook& book) {
  constexpr int kCells = 1 << (kBits - 1);
  if constexpr (kCells <= 8) {
    uint32x4_t cell = vdupq_n_u32(0);
    unroll<kCells - 1>([&](auto b) OCTAVO_INLINE_LAMBDA {
      const uint32x4_t boundary = vreinterpretq_u32_f32(vdupq_n_f32(book.half_boundaries[b]));
      cell = vsubq_u32(cell, vcgtq_u32(magnitude, boundary));
    });
    return cell;
  } else {
    uint32_t lanes[4], cells[4] = {};
    vst1q_u32(lanes, magnitude);
    unroll<4>([&](auto lane) OCTAVO_INLINE_LAMBDA {
      for (uint32_t step = kCells / 2; step > 0; step /= 2)
        cells[lane] += bits_of(book.half_boundaries[cells[lane] + step - 1]) < lanes[lane] ? step : 0;
    });
    return vld1q_u32(cells);
  }
}

OCTAVO_INLINE float32x4_t look_up(const float* table, uint32x4_t numbers) {
  const float found[4] = {table[vgetq_lane_u32(numbers, 0)], table[vgetq_lane_u32(numbers, 1)],
                          table[vgetq_lane_u32(numbers, 2)], table[vgetq_lane_u32(numbers, 3)]};
  return vld1q_f32(found);
}

/// Codes of 4 coordinates. A value at a boundary belongs to the cell below it: the cell nearer to 0 if it is positive,
/// the next one if it is negative, as its magnitude's bits plus 1 find.
template <int kBits>
OCTAVO_INLINE uint32x4_t encode_lanes(float32x4_t z, const Codebook& book, float32x4_t& dot, float32x4_t& squares) {
  constexpr uint32_t kHalf = 1u << (kBits - 1);
  const uint32x4_t magnitude = vreinterpretq_u32_f32(vabsq_f32(z));
  const uint32x4_t positive = vcgtzq_f32(z);  // all bits: -1
  const uint32x4_t cell = cell_of<kBits>(vaddq_u32(vaddq_u32(magnitude, vdupq_n_u32(1)), positive), book);
  const float32x4_t level = look_up(book.half_levels, cell);
  dot = vaddq_f32(dot, vmulq_f32(level, vreinterpretq_f32_u32(magnitude)));
  squares = vaddq_f32(squares, vmulq_f32(level, level));
  return veorq_u32(cell, vsubq_u32(vdupq_n_u32(kHalf - 1), positive));
}

/// 16 numbers below 256 to bytes.
OCTAVO_INLINE uint8x16_t to_bytes(const uint32x4_t (&numbers)[4]) {
  const uint16x8_t low = vcombine_u16(vmovn_u32(numbers[0]), vmovn_u32(numbers[1]));
  const uint16x8_t high = vcombine_u16(vmovn_u32(numbers[2]), vmovn_u32(numbers[3]));
  return vcombine_u8(vmovn_u16(low), vmovn_u16(high));
}

/// Bits `kShift` to `kShift + kWidth - 1` of 16 codes to their plane: shifted to their places in a byte, neighbours are
/// added until a byte holds all of its codes.
template <int kWidth, int kShift>
OCTAVO_INLINE void store_plane(uint8_t* plane, uint8x16_t codes) {
  constexpr int8_t kPlaces[3][8] = {{0, 1, 2, 3, 4, 5, 6, 7}, {0, 2, 4, 6, 0, 2, 4, 6}, {0, 4, 0, 4, 0, 4, 0, 4}};
  if constexpr (kWidth == 8) {
    vst1q_u8(plane, codes);
  } else {
    const int8x8_t places = vld1_s8(kPlaces[kWidth / 2]);
    const uint8x16_t low = vandq_u8(vshlq_u8(codes, vdupq_n_s8(-kShift)), vdupq_n_u8((1 << kWidth) - 1));
    uint8x16_t bytes = vshlq_u8(low, vcombine_s8(places, places));
    bytes = vpaddq_u8(bytes, bytes);
    if constexpr (kWidth < 4) bytes = vpaddq_u8(bytes, bytes);
    if constexpr (kWidth < 2) bytes = vpaddq_u8(bytes, bytes);
    uint8_t stored[16];
    vst1q_u8(stored, bytes);
    for (int i = 0; i < 2 * kWidth; ++i) plane[i] = stored[i];
  }
}

/// 16 codes' bits from their plane, each in a byte.
template <int kWidth>
OCTAVO_INLINE uint8x16_t load_plane(const uint8_t* plane) {
  const uint8x16_t bytes = vld1q_u8(plane);
  if constexpr (kWidth == 8) {
    return bytes;
  } else {
    constexpr uint8_t kFrom[3][16] = {{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1},
                                      {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3},
                                      {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7}};
    constexpr int8_t kBack[3][8] = {
        {0, -1, -2, -3, -4, -5, -6, -7}, {0, -2, -4, -6, 0, -2, -4, -6}, {0, -4, 0, -4, 0, -4, 0, -4}};
    const int8x8_t back = vld1_s8(kBack[kWidth / 2]);
    const uint8x16_t copies = vqtbl1q_u8(bytes, vld1q_u8(kFrom[kWidth / 2]));
    return vandq_u8(vshlq_u8(copies, vcombine_s8(back, back)), vdupq_n_u8((1 << kWidth) - 1));
  }
}

template <int kBits>
CodeSums encode_bits(const float* y, size_t dim, const Codebook& book, uint8_t* codes) {
  const float norm = norm_of(y, dim);
  const CodedRow row = {y, dim, book, to_unit_variance(norm, dim), codes};
  const size_t whole = dim / kStep * kStep;
  if (whole < dim) clear_codes(kBits, dim, codes);
  Lanes dot, squares;
  for (size_t i = 0; i < whole; i += kStep) {
    uint32x4_t numbers[4];
    unroll<4>([&](auto p) OCTAVO_INLINE_LAMBDA {
      const float32x4_t z = vmulq_n_f32(vld1q_f32(y + i + p * kRegister), row.scale);
      numbers[p] = encode_lanes<kBits>(z, book, dot.part[p], squares.part[p]);
    });
    const uint8x16_t bytes = to_bytes(numbers);
    for_planes<kBits>(dim, [&](size_t start, auto width, auto shift) OCTAVO_INLINE_LAMBDA {
      store_plane<width, shift>(codes + start + i * width / 8, bytes);
    });
  }
  CodeLanes sums;
  dot.store(sums.dot);
  squares.store(sums.squares);
  encode_from(whole, row, sums);
  return sums.total(norm);
}

template <int kBits>
void decode_bits(const uint8_t* codes, size_t dim, const Codebook& book, float* levels) {
  const size_t whole = dim / kStep * kStep;
  for (size_t i = 0; i < whole; i += kStep) {
    uint8x16_t values = vdupq_n_u8(0);
    for_planes<kBits>(dim, [&](size_t start, auto width, auto shift) OCTAVO_INLINE_LAMBDA {
      const uint8x16_t bits = load_plane<width>(codes + start + i * width / 8);
      values = vorrq_u8(values, vshlq_u8(bits, vdupq_n_s8(shift)));
    });
    uint8_t numbers[kStep];
    vst1q_u8(numbers, values);
    unroll<kStep>([&](auto at) OCTAVO_INLINE_LAMBDA { levels[i + at] = book.levels[numbers[at]]; });
  }
  for (size_t i = whole; i < dim; ++i) levels[i] = book.levels[get_code(codes, i, dim, kBits)];
}

struct WidthsNeon {
  template <int kBits>
  static constexpr auto encode = encode_bits<kBits>;
  template <int kBits>
  static constexpr auto decode = decode_bits<kBits>;
};

}  // namespace

const CodesKernel kCodesNeon = {ByWidth<WidthsNeon>::encode, ByWidth<WidthsNeon>::decode};

}  // namespace octavo
