#include "ops/quantize_words.h"

#include "ops/parameter_runs.h"

namespace octavo {
namespace {

/// The nearest integer to |v| < 2^22, ties to even: beyond 1.5 * 2^23 a float32 has no fraction.
float round_to_even(float v) {
  constexpr float kShift = 12582912.0f;
  return (v + kShift) - kShift;
}

uint16_t quantize_word(float x, float scale, int32_t zero_point, QuantizeRange range) {
  const float low = static_cast<float>(range.low - zero_point), high = static_cast<float>(range.high - zero_point);
  float v = x / scale;
  v = v == v ? v : 0.0f;
  v = v > low ? v : low;
  v = v < high ? v : high;
  return static_cast<uint16_t>(static_cast<int32_t>(round_to_even(v)) + zero_point);
}

float dequantize_word(uint16_t q, float scale, int32_t zero_point, bool is_signed) {
  const int32_t value = is_signed ? static_cast<int16_t>(q) : static_cast<int32_t>(q);
  return static_cast<float>(value - zero_point) * scale;
}

}  // namespace

void quantize_words(const float* x, uint16_t* q, size_t count, const ChannelParams& params, bool is_signed) {
  const QuantizeRange range = word_range(is_signed);
  for_chunks(count, [&](size_t begin, size_t end) {
    for_parameter_runs(
        begin, end, params,
        [&](size_t at, size_t n, size_t c) {
          const float scale = params.scale[c];
          const int32_t zero_point = params.zero_point[c];
          for (size_t i = at; i < at + n; ++i) q[i] = quantize_word(x[i], scale, zero_point, range);
        },
        [&](size_t at, size_t n, size_t c) {
          for (size_t i = 0; i < n; ++i)
            q[at + i] = quantize_word(x[at + i], params.scale[c + i], params.zero_point[c + i], range);
        });
  });
}

void dequantize_words(const uint16_t* q, float* x, size_t count, const ChannelParams& params, bool is_signed) {
  for_chunks(count, [&](size_t begin, size_t end) {
    for_parameter_runs(
        begin, end, params,
        [&](size_t at, size_t n, size_t c) {
          const float scale = params.scale[c];
          const int32_t zero_point = params.zero_point[c];
          for (size_t i = at; i < at + n; ++i) x[i] = dequantize_word(q[i], scale, zero_point, is_signed);
        },
        [&](size_t at, size_t n, size_t c) {
          for (size_t i = 0; i < n; ++i)
            x[at + i] = dequantize_word(q[at + i], params.scale[c + i], params.zero_point[c + i], is_signed);
        });
  });
}

}  // namespace octavo
