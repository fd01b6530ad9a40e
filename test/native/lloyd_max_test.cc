// The frozen levels against those that Newton's method finds, and against what is published of them.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/lloyd_max.h"

using namespace octavo;

namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

double density(double x) { return std::isinf(x) ? 0 : std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0)); }
double tail(double x) { return std::isinf(x) ? 0 : std::erfc(x / std::sqrt(2.0)) / 2; }

/// x with tail(x) = p, by bisection.
double tail_inverse(double p) {
  double low = 0, high = 20;
  for (int i = 0; i < 100; ++i) (tail((low + high) / 2) > p ? low : high) = (low + high) / 2;
  return low;
}

double boundary(const std::vector<double>& c, size_t i) {
  if (i == 0) return 0;
  return i == c.size() ? kInfinity : (c[i - 1] + c[i]) / 2;
}

/// One Newton step on c_i = mean of the cell between its boundaries, a tridiagonal system; returns the largest change.
double newton_step(std::vector<double>& c) {
  const size_t n = c.size();
  std::vector<double> upper(n), right(n);
  for (size_t i = 0; i < n; ++i) {
    const double a = boundary(c, i), b = boundary(c, i + 1);
    const double mass = tail(a) - tail(b), mean = (density(a) - density(b)) / mass;
    const double by_a = i == 0 ? 0 : density(a) * (mean - a) / mass / 2;
    const double by_b = std::isinf(b) ? 0 : density(b) * (b - mean) / mass / 2;
    const double pivot = 1 - by_a - by_b + (i == 0 ? 0 : by_a * upper[i - 1]);
    upper[i] = -by_b / pivot;
    right[i] = (c[i] - mean + (i == 0 ? 0 : by_a * right[i - 1])) / pivot;
  }
  double largest = 0, step = 0;
  for (size_t i = n; i-- > 0;) {
    step = right[i] - (i + 1 == n ? 0 : upper[i] * step);
    c[i] -= step;
    largest = std::max(largest, std::fabs(step));
  }
  return largest;
}

std::vector<double> solve(size_t bits) {
  const size_t n = size_t{1} << (bits - 1);
  std::vector<double> c(n);
  for (size_t i = 0; i < n; ++i)  // by the density of many levels, N(0, 3): Panter and Dite
    c[i] = std::sqrt(3.0) * tail_inverse(0.5 - (static_cast<double>(i) + 0.5) / static_cast<double>(2 * n));
  for (int i = 0; i < 100 && newton_step(c) > 1e-15; ++i) {
  }
  return c;
}

/// E (x - level)^2 of a normal x.
double distortion(const double* c, size_t n) {
  const std::vector<double> levels(c, c + n);
  double kept = 0;
  for (size_t i = 0; i < n; ++i) kept += (tail(boundary(levels, i)) - tail(boundary(levels, i + 1))) * c[i] * c[i];
  return 1 - 2 * kept;
}

}  // namespace

TEST_CASE("the frozen levels are the fixed point of Lloyd's conditions") {
  constexpr double kDistortions[] = {0.363380227632, 0.117481847829, 0.034547760789, 0.009501008008,
                                     0.002504668356, 0.000644239665, 0.000163478230, 0.000041185083};
  for (size_t bits = 1; bits <= kMostCodeBits; ++bits) {
    CAPTURE(bits);
    const std::vector<double> found = solve(bits);
    const double* frozen = lloyd_max_half(bits);
    for (size_t i = 0; i < found.size(); ++i) CHECK(std::fabs(found[i] - frozen[i]) < 1e-11);
    CHECK(std::fabs(distortion(frozen, found.size()) - kDistortions[bits - 1]) < 1e-12);
  }
}

TEST_CASE("the levels of up to 4 bits are the published ones") {
  constexpr double kPublished[] = {0.7978845608, 0.4527800346, 1.5104176085, 0.2450941789, 0.7560052812,
                                   1.3439092785, 2.1519457045, 0.1283950299, 0.3880482995, 0.6567591185,
                                   0.9423404565, 1.2562311973, 1.6180463860, 2.0690172265, 2.7325895710};
  for (size_t i = 0; i < std::size(kPublished); ++i) CHECK(std::fabs(kLloydMaxLevels[i] - kPublished[i]) < 1e-10);
}
