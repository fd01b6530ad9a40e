// Bitwise comparison: what "the same bytes on every instruction set" means. NaN equals any NaN.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace octavo_test {

inline bool same_bits(float a, float b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b));
}
inline bool same_bits(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b));
}
inline bool same_bits(int32_t a, int32_t b) { return a == b; }
inline bool same_bits(uint8_t a, uint8_t b) { return a == b; }
inline bool same_bits(uint64_t a, uint64_t b) { return a == b; }

/// Index of the first difference, or count.
template <typename T>
size_t first_difference(const T* actual, const T* expected, size_t count) {
  size_t i = 0;
  while (i < count && same_bits(actual[i], expected[i])) ++i;
  return i;
}

/// Fails with the place and both values unless the two agree bit for bit.
template <typename T>
void check_same(const T* actual, const T* expected, size_t count) {
  const size_t i = first_difference(actual, expected, count);
  if (i == count) return;
  INFO("at ", i, " of ", count, ": got ", +actual[i], ", expected ", +expected[i]);
  CHECK(i == count);
}

}  // namespace octavo_test
