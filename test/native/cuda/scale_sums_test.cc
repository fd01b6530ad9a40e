// int32 sums to float16, against the definition of the fused epilogue.
#include "cuda/scale_sums.h"

#include <limits>

#include "gpu.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_scalar.h"
#include "random_values.h"

using namespace octavo;
using namespace octavo_test;

namespace {

void check_scaled(size_t m, size_t n, size_t skipped) {
  Generator random(static_cast<unsigned>(m * 1000 + n));
  std::vector<int32_t> sums(skipped, 5);
  for (size_t i = 0; i < m * n; ++i) sums.push_back(static_cast<int32_t>(random()) >> random() % 24);
  sums.back() = std::numeric_limits<int32_t>::min();
  const auto rows = float_values(random, m, -1e-3f, 1e-3f), columns = float_values(random, n);
  std::vector<uint16_t> expected(m * n);
  GemmI8Epilogue epilogue;
  epilogue.row_scale = rows.data();
  epilogue.row_scale_step = 1;
  epilogue.column_scale = columns.data();
  GemmI8Strip strip{};
  strip.output = OutputType::kFloat16;
  strip.c = expected.data();
  strip.c_stride = n;
  strip.epilogue = &epilogue;
  for (size_t i = 0; i < m * n; ++i) store_value_scalar(strip, i / n, i % n, static_cast<uint32_t>(sums[skipped + i]));
  const OnDevice<int32_t> from(sums);
  const OnDevice<float> row_scale(rows), column_scale(columns);
  OnDevice<uint16_t> to(std::vector<uint16_t>(m * n, 9));
  require_ok(cuda::scale_sums(*gpu(), {from.data() + skipped, to.data(), row_scale.data(), column_scale.data(), m, n}));
  CHECK(to.values() == expected);
}

}  // namespace

TEST_CASE("scaled sums are those of the fused epilogue") {
  for (const size_t m : {1, 15, 16, 17, 40})
    for (const size_t n : {1, 7, 8, 24, 100}) check_scaled(m, n, 0);
  check_scaled(3, 2056, 0);
  check_scaled(5, 16, 1);  // not aligned
  require_ok(cuda::scale_sums(*gpu(), {nullptr, nullptr, nullptr, nullptr, 0, 8}));
}
