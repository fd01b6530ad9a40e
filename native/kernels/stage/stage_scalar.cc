// The definition of staging.
#include "kernels/stage/stage.h"

namespace octavo {
namespace {

constexpr size_t kLineBytes = 64;

/// Zeros from value `count` of a row to the end of its last line.
template <typename T>
void finish_line(T* target, size_t count) {
  for (; count * sizeof(T) % kLineBytes != 0; ++count) target[count] = 0;
}

void stage_flip(const ByteRows& source, uint8_t* target, size_t target_stride_bytes, uint8_t flip) {
  for (size_t r = 0; r < source.rows; ++r, target += target_stride_bytes) {
    const uint8_t* bytes = source.first + r * source.stride;
    for (size_t i = 0; i < source.count; ++i) target[i] = bytes[i] ^ flip;
    finish_line(target, source.count);
  }
}

void stage_widen(const ByteRows& source, int16_t* target, size_t target_stride_bytes, bool is_signed) {
  for (size_t r = 0; r < source.rows; ++r, target += target_stride_bytes / sizeof(int16_t)) {
    const uint8_t* bytes = source.first + r * source.stride;
    for (size_t i = 0; i < source.count; ++i)
      target[i] = is_signed ? static_cast<int16_t>(static_cast<int8_t>(bytes[i])) : static_cast<int16_t>(bytes[i]);
    finish_line(target, source.count);
  }
}

void stage_sum(const ByteRows& source, uint8_t flip, uint32_t start, int32_t* sums) {
  for (size_t r = 0; r < source.rows; ++r) {
    const uint8_t* bytes = source.first + r * source.stride;
    uint32_t sum = start;
    for (size_t i = 0; i < source.count; ++i) sum += static_cast<uint8_t>(bytes[i] ^ flip);
    sums[r] = static_cast<int32_t>(sum);
  }
}

void stage_multiply(const int32_t* values, size_t count, int32_t factor, int32_t* terms) {
  for (size_t i = 0; i < count; ++i)
    terms[i] = static_cast<int32_t>(static_cast<uint32_t>(values[i]) * static_cast<uint32_t>(factor));
}

}  // namespace

const StageKernel kStageScalar = {stage_flip, stage_widen, stage_sum, stage_multiply};

}  // namespace octavo
