// Staging with NEON, 16 bytes a step; the last values of a row one by one.
#include <arm_neon.h>

#include <cstring>

#include "kernels/stage/stage.h"

namespace octavo {
namespace {

constexpr size_t kLineBytes = 64;

/// Bytes from `used` to the end of a line.
inline size_t rest_of_line(size_t used) { return (kLineBytes - used % kLineBytes) % kLineBytes; }

void stage_flip(const ByteRows& source, uint8_t* target, size_t target_stride_bytes, uint8_t flip) {
  const uint8x16_t flips = vdupq_n_u8(flip);
  const size_t count = source.count;
  for (size_t r = 0; r < source.rows; ++r, target += target_stride_bytes) {
    const uint8_t* bytes = source.first + r * source.stride;
    size_t i = 0;
    for (; i + 16 <= count; i += 16) vst1q_u8(target + i, veorq_u8(vld1q_u8(bytes + i), flips));
    for (; i < count; ++i) target[i] = bytes[i] ^ flip;
    std::memset(target + count, 0, rest_of_line(count));
  }
}

void stage_widen(const ByteRows& source, int16_t* target, size_t target_stride_bytes, bool is_signed) {
  const size_t count = source.count;
  for (size_t r = 0; r < source.rows; ++r, target += target_stride_bytes / sizeof(int16_t)) {
    const uint8_t* bytes = source.first + r * source.stride;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
      const uint8x8_t eight = vld1_u8(bytes + i);
      vst1q_s16(target + i, is_signed ? vmovl_s8(vreinterpret_s8_u8(eight)) : vreinterpretq_s16_u16(vmovl_u8(eight)));
    }
    for (; i < count; ++i)
      target[i] = is_signed ? static_cast<int16_t>(static_cast<int8_t>(bytes[i])) : static_cast<int16_t>(bytes[i]);
    std::memset(target + count, 0, rest_of_line(count * sizeof(int16_t)));
  }
}

void stage_sum(const ByteRows& source, uint8_t flip, uint32_t start, int32_t* sums) {
  const uint8x16_t flips = vdupq_n_u8(flip);
  for (size_t r = 0; r < source.rows; ++r) {
    const uint8_t* bytes = source.first + r * source.stride;
    uint32x4_t partial = vdupq_n_u32(0);
    size_t i = 0;
    for (; i + 16 <= source.count; i += 16)
      partial = vpadalq_u16(partial, vpaddlq_u8(veorq_u8(vld1q_u8(bytes + i), flips)));
    uint32_t sum = start + vaddvq_u32(partial);
    for (; i < source.count; ++i) sum += static_cast<uint8_t>(bytes[i] ^ flip);
    sums[r] = static_cast<int32_t>(sum);
  }
}

void stage_multiply(const int32_t* values, size_t count, int32_t factor, int32_t* terms) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) vst1q_s32(terms + i, vmulq_n_s32(vld1q_s32(values + i), factor));
  for (; i < count; ++i)
    terms[i] = static_cast<int32_t>(static_cast<uint32_t>(values[i]) * static_cast<uint32_t>(factor));
}

}  // namespace

const StageKernel kStageNeon = {stage_flip, stage_widen, stage_sum, stage_multiply};

}  // namespace octavo
