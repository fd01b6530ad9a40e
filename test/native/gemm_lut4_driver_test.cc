// The drivers of weights that kernels decode: whole products of every blocking, their epilogues, and weights handed
// back, against plain loops.
#include <doctest/doctest.h>

#include <limits>

#include "float_weights.h"
#include "kernels/activation/activation_scalar.h"
#include "ops/gemm_f16.h"
#include "ops/gemm_lut4.h"
#include "ops/thread_pool.h"
#include "same_bits.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

struct Case {
  size_t m, n, k, block;
};

// Few rows and many, several passes of panels, several pieces of a group, rows that would collide, blocks of rows and
// of columns, blocks that cross the ends of rows.
const Case kCases[] = {{0, 3, 8, 64},    {1, 1, 1, 64},       {1, 1300, 100, 64}, {2, 37, 96, 64},
                       {3, 0, 8, 8},     {5, 40, 0, 8},       {4, 150, 64, 64},   {9, 170, 600, 1200},
                       {31, 33, 130, 2}, {30, 100, 1024, 64}, {600, 16, 24, 8},   {61, 270, 77, 64}};

/// Sets the pool's threads for a scope.
struct PoolThreads {
  explicit PoolThreads(size_t threads) { ThreadPool::instance().set_threads(threads); }
  ~PoolThreads() { ThreadPool::instance().set_threads(1); }
};

/// A product's operands with an epilogue that `flags` chooses, and what it must give.
template <typename Weights>
struct Operands {
  size_t m, stride;
  std::vector<float> x, bias, residual;
  FloatEpilogue epilogue;
  std::vector<float> expected;

  Operands(Generator& random, const Weights& weights, size_t rows, uint32_t flags)
      : m(rows), stride(weights.k + (flags & 1) * 3) {
    const size_t n = weights.n;
    x = float_values(random, m * stride + 1), bias = float_values(random, n), residual = float_values(random, m * n);
    if (flags & 2) epilogue.bias = bias.data();
    if (flags & 4) epilogue.residual = residual.data(), epilogue.residual_stride = n;
    if (flags & 8) epilogue.activation = {ActivationKind::kClip, 0, 1};
    if (flags & 16) epilogue.activation = {ActivationKind::kSilu, 0, 0};
    for (size_t i = 0; i < m; ++i)
      for (size_t j = 0; j < n; ++j) {
        volatile float f = weights.sum(x.data() + i * stride, j);  // volatile: every step is rounded
        if (flags & 2) f = f + bias[j];
        if (flags & 4) f = f + residual[i * n + j];
        expected.push_back(activate(epilogue.activation, f));
      }
  }
  MatrixF32 a() const { return {x.data(), m, stride}; }
};

template <typename Weights, typename Product>
void check_product(Generator& random, const Weights& weights, size_t m, const Product& product) {
  const Operands<Weights> operands(random, weights, m, random());
  const size_t count = operands.expected.size();
  for (const size_t threads : {1, 3}) {
    CAPTURE(threads);
    const PoolThreads pool(threads);
    std::vector<float> c(count + 1, -1);
    REQUIRE(product(operands.a(), operands.epilogue, GemmI8Output{OutputType::kFloat32, c.data()}).ok());
    check_same(c.data(), operands.expected.data(), count);
    CHECK(c.back() == -1);
    std::vector<uint16_t> halves(count + 1, 0xABCD);
    REQUIRE(product(operands.a(), operands.epilogue, GemmI8Output{OutputType::kFloat16, halves.data()}).ok());
    for (size_t i = 0; i < count; ++i) REQUIRE(halves[i] == to_float16(operands.expected[i]));
    CHECK(halves.back() == 0xABCD);
  }
}

template <typename Weights>
void check_weights(const Weights& weights, const std::vector<float>& rows) {
  for (size_t j = 0; j < weights.n; ++j)
    for (size_t p = 0; p < weights.k; ++p) REQUIRE(same_bits(rows[j * weights.k + p], weights.at(j, p)));
}

}  // namespace

TEST_CASE("products with codebook weights equal plain loops with any number of threads") {
  Generator random(21);
  for (const KernelSet* set : tested_kernel_sets())
    for (const auto& [m, n, k, block] : kCases) {
      CAPTURE(set->name);
      CAPTURE(m);
      CAPTURE(n);
      CAPTURE(k);
      const Lut4Weights weights(random, n, k, block);
      PackedLut4 packed;
      REQUIRE(pack_lut4(weights.source(), &packed).ok());
      check_product(random, weights, m,
                    [&](const MatrixF32& a, const FloatEpilogue& epilogue, const GemmI8Output& output) {
                      return run_gemm_lut4(*set, a, packed, epilogue, output);
                    });
      std::vector<float> rows(n * k);
      REQUIRE(dequantize_lut4(*set, packed, rows.data()).ok());
      check_weights(weights, rows);
    }
}

TEST_CASE("products with 16-bit float weights equal plain loops with any number of threads") {
  Generator random(22);
  for (const KernelSet* set : tested_kernel_sets())
    for (const auto& [m, n, k, block] : kCases) {
      CAPTURE(set->name);
      CAPTURE(m);
      CAPTURE(n);
      CAPTURE(k);
      const HalfType type = m % 2 ? HalfType::kFloat16 : HalfType::kBfloat16;
      const F16Weights weights(random, n, k, type);
      PackedF16 packed;
      REQUIRE(pack_f16(weights.bits.data(), type, {k, n, true}, &packed).ok());
      check_product(random, weights, m,
                    [&](const MatrixF32& a, const FloatEpilogue& epilogue, const GemmI8Output& output) {
                      return run_gemm_f16(*set, a, packed, epilogue, output);
                    });
      std::vector<float> rows(n * k);
      REQUIRE(dequantize_f16(*set, packed, rows.data()).ok());
      check_weights(weights, rows);
      std::vector<uint16_t> bits(n * k);
      unpack_f16(packed, bits.data());
      CHECK(bits == weights.bits);
    }
}

TEST_CASE("products with 16-bit float weights equal those with the same weights in float32") {
  Generator random(23);
  const KernelSet& set = *tested_kernel_sets().front();
  const F16Weights weights(random, 70, 200, HalfType::kFloat16);
  std::vector<float> widened, transposed(weights.bits.size());
  for (size_t j = 0; j < weights.n; ++j)
    for (size_t p = 0; p < weights.k; ++p) widened.push_back(weights.at(j, p));
  PackedF16 packed, of_columns;
  PackedFloat32 float32;
  REQUIRE(pack_f16(weights.bits.data(), weights.type, {200, 70, true}, &packed).ok());
  REQUIRE(pack_float32(set, widened.data(), {200, 70, true}, &float32).ok());
  std::vector<uint16_t> columns(weights.bits.size());
  for (size_t i = 0; i < columns.size(); ++i) columns[i] = weights.bits[i % 70 * 200 + i / 70];
  REQUIRE(pack_f16(columns.data(), weights.type, {200, 70, false}, &of_columns).ok());
  for (const size_t m : {1, 3, 40}) {
    const std::vector<float> x = float_values(random, m * 200);
    std::vector<float> expected(m * 70), c(m * 70), of_other(m * 70);
    REQUIRE(matmul_f32(set, {x.data(), m, 200}, float32, {}, expected.data()).ok());
    REQUIRE(run_gemm_f16(set, {x.data(), m, 200}, packed, {}, {OutputType::kFloat32, c.data()}).ok());
    REQUIRE(run_gemm_f16(set, {x.data(), m, 200}, of_columns, {}, {OutputType::kFloat32, of_other.data()}).ok());
    check_same(c.data(), expected.data(), c.size());
    check_same(of_other.data(), expected.data(), c.size());
  }
}

TEST_CASE("products of rows without values are 0, even where the rows lie nowhere") {
  const KernelSet& set = *tested_kernel_sets().front();
  const float nothing = 0;
  PackedF16 packed;
  REQUIRE(pack_f16(reinterpret_cast<const uint16_t*>(&nothing), HalfType::kFloat16, {0, 3, true}, &packed).ok());
  for (const size_t m : {2, 90}) {
    std::vector<float> c(m * 3, -1);
    REQUIRE(run_gemm_f16(set, {nullptr, m, 5}, packed, {}, {OutputType::kFloat32, c.data()}).ok());
    CHECK(c == std::vector<float>(m * 3, 0));
  }
}

TEST_CASE("codebook weights that have no meaning are refused, and outputs of other types") {
  Generator random(24);
  Lut4Weights weights(random, 4, 64, 32);
  PackedLut4 packed;
  Lut4Source source = weights.source();
  source.block = 0;
  CHECK(pack_lut4(source, &packed).code == Code::kRange);
  weights.absmax[5] = std::numeric_limits<float>::infinity();
  CHECK(pack_lut4(weights.source(), &packed).code == Code::kRange);
  weights.absmax[5] = 1, weights.table[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK(pack_lut4(weights.source(), &packed).code == Code::kRange);
  weights.table[3] = 0;
  REQUIRE(pack_lut4(weights.source(), &packed).ok());
  const float x[64] = {};
  float c[4];
  CHECK(run_gemm_lut4(*tested_kernel_sets().front(), {x, 1, 64}, packed, {}, {OutputType::kInt8, c}).code ==
        Code::kRange);
}
