// Products in double, bit for bit on every kernel set, and the factor of an inverse.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "guarded_buffer.h"
#include "ops/inverse_factor.h"
#include "random_values.h"
#include "same_bits.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

std::vector<double> doubles(Generator& random, size_t count) {
  const std::vector<float> high = float_values(random, count), low = float_values(random, count);
  std::vector<double> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = high[i] + low[i] * 0x1p-30;
  return values;
}

/// H = F Fᵀ + a diagonal.
std::vector<double> positive_matrix(Generator& random, size_t n) {
  const std::vector<double> factors = doubles(random, n * 3);
  std::vector<double> matrix(n * n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      for (size_t p = 0; p < 3; ++p) matrix[i * n + j] += factors[i * 3 + p] * factors[j * 3 + p];
      if (i == j) matrix[i * n + j] += 0.5 + 0.25 * static_cast<double>(i % 5);
    }
  return matrix;
}

}  // namespace

TEST_CASE("products in double are the plain loop's, bit for bit") {
  GuardedBuffer memory_a(1 << 18), memory_b(1 << 20), memory_c(1 << 18);
  for (const KernelSet* set : tested_kernel_sets())
    for (const size_t m : {1u, 3u, 4u, 7u, 8u, 9u})
      for (const size_t n : {1u, 3u, 8u, 9u, 16u, 17u, 31u, 261u})
        for (const size_t k : {0u, 1u, 5u, 129u})
          for (const bool transposed : {false, true}) {
            CAPTURE(set->name);
            CAPTURE(m);
            CAPTURE(n);
            CAPTURE(k);
            Generator random(static_cast<uint32_t>(m * 1000 + n * 10 + k));
            const std::vector<double> a = doubles(random, m * k), b = doubles(random, k * n),
                                      c = doubles(random, m * n);
            std::vector<double> expected = c;
            for (size_t i = 0; i < m; ++i)
              for (size_t j = 0; j < n; ++j)
                for (size_t p = 0; p < k; ++p) {
                  const double product = a[i * k + p] * b[transposed ? j * k + p : p * n + j];
                  expected[i * n + j] = expected[i * n + j] - product;
                }
            double* const own_a = memory_a.place(a, Side::kEnd);
            double* const own_b = memory_b.place(b, Side::kEnd);
            double* const own_c = memory_c.place(c, Side::kEnd);
            const ProductF64 product = {m, n, k, {own_a, k}, {own_b, transposed ? k : n}, transposed, {own_c, n}};
            REQUIRE(subtract_product(*set, product));
            check_same(own_c, expected.data(), m * n);
          }
}

TEST_CASE("U of H is upper triangular with UᵀU H = I, the same bits on every kernel set") {
  for (const size_t n : {1u, 2u, 63u, 64u, 65u, 130u, 300u}) {
    CAPTURE(n);
    Generator random(static_cast<uint32_t>(n));
    const std::vector<double> h = positive_matrix(random, n);
    std::vector<double> first;
    for (const KernelSet* set : tested_kernel_sets()) {
      CAPTURE(set->name);
      std::vector<double> u = h;
      REQUIRE(inverse_factor(*set, u.data(), n).ok());
      if (first.empty()) first = u;
      check_same(u.data(), first.data(), n * n);
    }
    double worst = 0;
    for (size_t column = 0; column < n; column += n / 7 + 1) {
      std::vector<double> uh(n), result(n);  // Uᵀ (U H[:, column])
      for (size_t i = 0; i < n; ++i)
        for (size_t j = i; j < n; ++j) uh[i] += first[i * n + j] * h[j * n + column];
      for (size_t i = 0; i < n; ++i)
        for (size_t j = i; j < n; ++j) result[j] += first[i * n + j] * uh[i];
      for (size_t i = 0; i < n; ++i) worst = std::fmax(worst, std::fabs(result[i] - (i == column ? 1 : 0)));
    }
    CHECK(worst < 1e-10);
  }
}

TEST_CASE("a matrix that is not positive definite is refused") {
  const KernelSet& set = *tested_kernel_sets().front();
  std::vector<double> negative = {1, 2, 2, 1}, infinite = {INFINITY, 0, 0, 1}, nan = {NAN, 0, 0, 1};
  for (std::vector<double>* matrix : {&negative, &infinite, &nan})
    CHECK(inverse_factor(set, matrix->data(), 2).code == Code::kRange);
}
