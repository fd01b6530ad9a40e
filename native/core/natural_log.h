// ln of a positive normal double, the same bits on every machine: the standard library's differs between libraries, and
// with what a CPU has.
#pragma once

#include <cstdint>
#include <cstring>

namespace octavo {
namespace {

/// x = 2^e * m with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh(s) = 2 (s + s^3/3 + s^5/5 + ...) with s = (m-1)/(m+1),
/// whose magnitude is at most 0.1716: what the terms from s^25 on add is below 2^-61 of s. Error: less than 2 units of
/// the last place of the larger of ln x and e ln 2.
inline double natural_log(double x) {
  constexpr uint64_t kRootBits = 0x3FE6A09E667F3BCD;  // sqrt(1/2)
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const int64_t exponent = static_cast<int64_t>(bits - kRootBits) >> 52;
  bits -= static_cast<uint64_t>(exponent) << 52;
  double m;
  std::memcpy(&m, &bits, sizeof m);
  const double s = (m - 1) / (m + 1), z = s * s, y = z * z, w = y * y;
  const double low = (1.0 / 3 + z * (1.0 / 5)) + y * (1.0 / 7 + z * (1.0 / 9));
  const double middle = (1.0 / 11 + z * (1.0 / 13)) + y * (1.0 / 15 + z * (1.0 / 17));
  const double high = (1.0 / 19 + z * (1.0 / 21)) + y * (1.0 / 23);
  const double tail = s * z * (low + w * (middle + w * high));
  constexpr double kLn2 = 0.693147180559945309417;
  return static_cast<double>(exponent) * kLn2 + 2 * (s + tail);
}

}  // namespace
}  // namespace octavo
