// Integer products on a GPU are those of plain loops, with zero points of every kind.
#include <array>
#include <vector>

#include "cuda/int8_matrix.h"
#include "gpu.h"
#include "random_values.h"

namespace {

using namespace octavo;
using namespace octavo_test;

struct Case {
  size_t m, n, k, a_zeros, b_zeros;
  bool is_signed;
};

int32_t zero_at(const std::vector<int32_t>& zeros, size_t i) {
  return zeros.empty() ? 0 : zeros[zeros.size() == 1 ? 0 : i];
}

void check(const Case& c, Generator& random) {
  INFO("m ", c.m, ", n ", c.n, ", k ", c.k, ", zeros ", c.a_zeros, ", ", c.b_zeros);
  const int32_t low = c.is_signed ? -128 : 0;
  const std::vector<int32_t> a = int_values(random, c.m * c.k, low, low + 255),
                             w = int_values(random, c.n * c.k, -128, 127),
                             a_zero = int_values(random, c.a_zeros, low, low + 255),
                             b_zero = int_values(random, c.b_zeros, -128, 127);
  std::vector<int32_t> want(c.m * c.n), sums(c.n, 0);
  for (size_t i = 0; i < c.m; ++i)
    for (size_t j = 0; j < c.n; ++j)
      for (size_t p = 0; p < c.k; ++p)
        want[i * c.n + j] += (a[i * c.k + p] - zero_at(a_zero, i)) * (w[j * c.k + p] - zero_at(b_zero, j));
  for (size_t j = 0; j < c.n; ++j)
    for (size_t p = 0; p < c.k; ++p) sums[j] += w[j * c.k + p];
  const std::vector<int8_t> weights(w.begin(), w.end());
  cuda::Int8Matrix matrix;
  require_ok(matrix.upload(gpu(), {weights.data(), sums.data(), c.k, c.n}));
  const OnDevice<uint8_t> rows(std::vector<uint8_t>(a.begin(), a.end()));
  const OnDevice<int32_t> out(std::vector<int32_t>(c.m * c.n, -1));
  require_ok(cuda::matmul_i8(matrix, {rows.data(), c.m, c.k, c.k}, c.is_signed, {a_zero.data(), a_zero.size()},
                             {b_zero.data(), b_zero.size()}, out.data()));
  CHECK(out.values() == want);
}

}  // namespace

TEST_CASE("products with no zero point, one, and one for each row and column") {
  Generator random(21);
  for (const auto& [m, n, k] : {std::array<size_t, 3>{1, 1, 1}, {5, 19, 48}, {20, 33, 47}, {3, 2, 0}})
    for (const size_t a_zeros : {size_t{0}, size_t{1}, m})
      for (const size_t b_zeros : {size_t{0}, size_t{1}, n})
        check({m, n, k, a_zeros, b_zeros, (m + a_zeros + b_zeros) % 2 == 0}, random);
}
