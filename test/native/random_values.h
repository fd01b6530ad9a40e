// Seeded values: full range, adversarial bytes, and floats with everything that is special about them.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace octavo_test {

using Generator = std::mt19937;

/// How bytes are filled. The patterns are those that break saturating or sign-mixing arithmetic.
enum class Pattern { kRandom, kLowest, kHighest, kAlternating, kAlmostSaturating };
constexpr Pattern kPatterns[] = {Pattern::kRandom, Pattern::kLowest, Pattern::kHighest, Pattern::kAlternating,
                                 Pattern::kAlmostSaturating};

/// Values of an 8-bit type; kAlmostSaturating is the triple that breaks `vpmaddubsw`: [210, 198, 234] · [-81, -80,
/// 127].
inline std::vector<int32_t> byte_values(Generator& random, size_t count, Pattern pattern, int32_t low, int32_t high) {
  static constexpr int32_t kUnsigned[] = {210, 198, 234}, kSigned[] = {-81, -80, 127};
  std::uniform_int_distribution<int32_t> any(low, high);
  std::vector<int32_t> values(count);
  for (size_t i = 0; i < count; ++i) switch (pattern) {
      case Pattern::kRandom:
        values[i] = any(random);
        break;
      case Pattern::kLowest:
        values[i] = low;
        break;
      case Pattern::kHighest:
        values[i] = high;
        break;
      case Pattern::kAlternating:
        values[i] = i % 2 == 0 ? low : high;
        break;
      case Pattern::kAlmostSaturating:
        values[i] = low < 0 ? kSigned[i % 3] : kUnsigned[i % 3];
        break;
    }
  return values;
}

inline std::vector<int32_t> int_values(Generator& random, size_t count, int32_t low, int32_t high) {
  return byte_values(random, count, Pattern::kRandom, low, high);
}

inline std::vector<float> float_values(Generator& random, size_t count, float low = -4, float high = 4) {
  std::uniform_real_distribution<float> any(low, high);
  std::vector<float> values(count);
  for (float& value : values) value = any(random);
  return values;
}

/// Floats in which about every fourth is special: zeros, ties, infinities, NaN, the extremes of the format.
inline std::vector<float> special_floats(Generator& random, size_t count) {
  using Limits = std::numeric_limits<float>;
  static const float kSpecial[] = {0.0f,
                                   -0.0f,
                                   0.5f,
                                   -0.5f,
                                   1.5f,
                                   2.5f,
                                   -127.5f,
                                   127.5f,
                                   128.5f,
                                   Limits::infinity(),
                                   -Limits::infinity(),
                                   Limits::quiet_NaN(),
                                   Limits::max(),
                                   Limits::lowest(),
                                   Limits::min(),
                                   Limits::denorm_min(),
                                   -Limits::denorm_min(),
                                   1e-30f};
  std::vector<float> values = float_values(random, count, -300, 300);
  for (float& value : values)
    if (random() % 4 == 0) value = kSpecial[random() % std::size(kSpecial)];
  return values;
}

}  // namespace octavo_test
