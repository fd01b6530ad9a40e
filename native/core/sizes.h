// Size arithmetic that cannot overflow unnoticed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace octavo {

/// a * b, or SIZE_MAX when it does not fit: a size that no buffer has.
constexpr size_t multiply_sizes(size_t a, size_t b) {
  constexpr size_t max = std::numeric_limits<size_t>::max();
#ifdef __GNUC__
  size_t product = 0;  // without the division, which small calls notice
  return __builtin_mul_overflow(a, b, &product) ? max : product;
#else
  return (b != 0 && a > max / b) ? max : a * b;
#endif
}

/// a + b, or SIZE_MAX when it does not fit.
constexpr size_t add_sizes(size_t a, size_t b) {
  constexpr size_t max = std::numeric_limits<size_t>::max();
  return a > max - b ? max : a + b;
}

constexpr size_t divide_up(size_t a, size_t b) { return a / b + (a % b != 0 ? 1 : 0); }

/// a rounded up to a multiple of b, or SIZE_MAX when that does not fit.
constexpr size_t round_up(size_t a, size_t b) { return multiply_sizes(divide_up(a, b), b); }

/// Elements that `rows` rows of `width` elements span when they start `stride` elements apart.
constexpr size_t strided_length(size_t rows, size_t width, size_t stride) {
  return rows == 0 ? 0 : add_sizes(multiply_sizes(rows - 1, stride), width);
}

}  // namespace octavo
