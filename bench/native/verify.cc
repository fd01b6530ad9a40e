#include "verify.h"

#include <cmath>

namespace octavo::bench {
namespace {

constexpr size_t kSpots = 256;
constexpr double kFloatTolerance = 1e-4;  // of a sum of k products of values below 1, for k up to a few thousand

double plain_sum(const Operands& operands, size_t row, size_t column) {
  double sum = 0;
  for (size_t p = 0; p < operands.k; ++p) {
    const size_t i = row * operands.k + p, j = p * operands.n + column;
    if (operands.type == GemmType::kFloat32)
      sum += static_cast<double>(operands.a32[i]) * operands.b32[j];
    else if (operands.type == GemmType::kU8S8)
      sum += operands.a8[i] * operands.b8[j];
    else
      sum += static_cast<int8_t>(operands.a8[i]) * operands.b8[j];
  }
  return sum;
}

double value_at(const Product& product, size_t i) {
  return product.int32.empty() ? static_cast<double>(product.float32[i]) : product.int32[i];
}

std::string describe(size_t row, size_t column, double value, double expected) {
  return std::string("[") + std::to_string(row) + ", " + std::to_string(column) + "] is " + std::to_string(value) +
         ", expected " + std::to_string(expected);
}

}  // namespace

std::string find_fault(const Operands& operands, const Product& product, const Product& other) {
  const size_t count = operands.m * operands.n;
  const double tolerance = operands.type == GemmType::kFloat32 ? kFloatTolerance * std::sqrt(operands.k) : 0;
  std::minstd_rand random(7);
  for (size_t spot = 0; spot < kSpots && count > 0; ++spot) {
    const size_t i = random() % count;
    const double expected = plain_sum(operands, i / operands.n, i % operands.n), value = value_at(product, i);
    if (!(std::abs(value - expected) <= tolerance)) return describe(i / operands.n, i % operands.n, value, expected);
  }
  for (size_t i = 0; i < count; ++i) {
    const double expected = value_at(other, i), value = value_at(product, i);
    if (!(std::abs(value - expected) <= tolerance)) return describe(i / operands.n, i % operands.n, value, expected);
  }
  return {};
}

}  // namespace octavo::bench
