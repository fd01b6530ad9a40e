// fma without the machine's: equal to the library's, where that is right.
#include "core/fused_multiply_add.h"

#include <doctest/doctest.h>

#include <random>

#include "core/float_bits.h"

using namespace octavo;

#ifndef __MINGW32__
TEST_CASE("fma in double is the library's, bit for bit") {
  std::mt19937 generator(7);
  size_t different = 0;
  const auto compare = [&](float a, float b, float c) {
    const float mine = fused_in_double(a, b, c), expected = std::fma(a, b, c);
    if (bits_of(mine) != bits_of(expected) && !(std::isnan(mine) && std::isnan(expected))) ++different;
  };
  for (int i = 0; i < 300000; ++i) {
    const float a = float_of_bits(generator()), b = float_of_bits(generator());
    compare(a, b, float_of_bits(generator()));
    // a sum of like magnitudes: the low half of the product matters, or nearly all of it is cancelled
    const uint32_t near = bits_of(a * b) ^ (generator() & 0x80FFFFFFu);
    compare(a, b, float_of_bits(near));
    compare(a, b, -(a * b));
    // a product far below the sum decides a tie: 2^24 + 1 and a little
    const float large = 16777216.0f + 2.0f * static_cast<float>(generator() % 1000);
    const float half = generator() % 2 == 0 ? 1.0f : -1.0f;
    compare(half + std::ldexp(half, -23), 1.0f - std::ldexp(1.0f, -24 + static_cast<int>(generator() % 2)), large);
    // results below the smallest normal float
    compare(std::ldexp(1.0f + std::ldexp(a == a && std::abs(a) < 1 ? a : 0.5f, -3), -70),
            std::ldexp(1.0f, -70 - static_cast<int>(generator() % 12)), float_of_bits(generator() % 64));
  }
  CHECK(different == 0);
}
#endif

TEST_CASE("fma rounds once") {
  // 1 + 2^-12 + 2^-12 + 2^-24, which is no float, less 1 + 2^-11, which rounding first would leave nothing of
  const float x = 1.0f + std::ldexp(1.0f, -12);
  CHECK(fused_multiply_add(x, x, -1.0f - std::ldexp(1.0f, -11)) == std::ldexp(1.0f, -24));
  CHECK(fused_multiply_add(3.0f, 5.0f, 7.0f) == 22.0f);
}
