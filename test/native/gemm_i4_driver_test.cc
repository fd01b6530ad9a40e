// The int4 driver: whole products of every blocking, with dynamic and given scales, against plain loops.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "int4_weights.h"
#include "ops/gemm_i4.h"
#include "ops/thread_pool.h"
#include "quantize_row.h"
#include "same_bits.h"
#include "test_options.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

struct Case {
  size_t m, n, k, group;
  bool with_zeros;
};

// Single strips, several of them, several passes (k * n large), several blocks of rows and of columns.
const Case kCases[] = {{0, 3, 8, 0, false},       {1, 1, 1, 0, true},        {1, 37, 100, 32, true},
                       {1, 2100, 520, 128, true}, {3, 0, 9, 8, false},       {5, 40, 0, 8, false},
                       {13, 33, 129, 64, false},  {30, 100, 250, 32, true},  {29, 1700, 600, 128, false},
                       {61, 170, 264, 0, true},   {200, 210, 520, 8, false}, {3, 16, 40, 24, true}};

void check_product(const std::vector<float>& c, const Int4Weights& weights, const std::vector<int32_t>& a,
                   const std::vector<float>& scale, const std::vector<float>& bias) {
  const size_t n = weights.shape.n, k = weights.shape.k;
  for (size_t i = 0; i < scale.size(); ++i)
    for (size_t j = 0; j < n; ++j) {
      volatile float f = weights.sum(a.data() + i * k, j);
      f = f * scale[i];
      f = f + bias[j];
      CAPTURE(i);
      CAPTURE(j);
      REQUIRE(same_bits(c[i * n + j], f));
    }
}

/// Sets the pool's threads for a scope.
struct PoolThreads {
  explicit PoolThreads(size_t threads) { ThreadPool::instance().set_threads(threads); }
  ~PoolThreads() { ThreadPool::instance().set_threads(1); }
};

}  // namespace

TEST_CASE("int4 products of int8 activations equal plain loops with any number of threads") {
  Generator random(41);
  for (const KernelSet* set : tested_kernel_sets())
    for (const Case& shape : kCases) {
      CAPTURE(set->name);
      CAPTURE(shape.m);
      CAPTURE(shape.n);
      CAPTURE(shape.k);
      const Int4Weights weights(random, {shape.n, shape.k, shape.group, Pattern::kRandom, shape.with_zeros});
      PackedInt4 packed;
      REQUIRE(pack_int4(weights.source(), &packed).ok());
      const size_t stride = shape.k + shape.m % 3;
      const std::vector<int32_t> a = int_values(random, shape.m * shape.k, -128, 127);
      std::vector<int8_t> rows(shape.m * stride + 1);
      for (size_t i = 0; i < a.size(); ++i) rows[i / shape.k * stride + i % shape.k] = static_cast<int8_t>(a[i]);
      const std::vector<float> scale = float_values(random, shape.m, 0.01f, 1), bias = float_values(random, shape.n);
      GemmI8Epilogue epilogue;
      epilogue.row_scale = scale.data(), epilogue.row_scale_step = 1, epilogue.bias = bias.data();
      std::vector<float> c(shape.m * shape.n + 1, -1);
      for (const size_t threads : {1, 3}) {
        const PoolThreads pool(threads);
        std::fill(c.begin(), c.end(), -1.0f);
        REQUIRE(run_gemm_i4(*set, {ActivationType::kInt8, rows.data(), shape.m, stride, {}}, packed, epilogue,
                            {OutputType::kFloat32, c.data()})
                    .ok());
        CHECK(c.back() == -1);
        check_product(c, weights, a, scale, bias);
      }
    }
}

TEST_CASE("int4 products quantize float32 activations row by row") {
  Generator random(42);
  for (const KernelSet* set : tested_kernel_sets())
    for (const Case& shape : kCases) {
      if (shape.k == 0) continue;
      CAPTURE(set->name);
      CAPTURE(shape.m);
      CAPTURE(shape.n);
      CAPTURE(shape.k);
      const Int4Weights weights(random, {shape.n, shape.k, shape.group, Pattern::kRandom, shape.with_zeros});
      PackedInt4 packed;
      REQUIRE(pack_int4(weights.source(), &packed).ok());
      const std::vector<float> x = float_values(random, shape.m * shape.k), bias = float_values(random, shape.n);
      std::vector<int32_t> a(x.size());
      std::vector<float> scale(shape.m), c(shape.m * shape.n);
      std::vector<uint8_t> bytes(shape.k);
      for (size_t i = 0; i < shape.m; ++i) {
        scale[i] = quantize_row(*set->quantize, x.data() + i * shape.k, shape.k, bytes.data()).scale;
        for (size_t p = 0; p < shape.k; ++p) a[i * shape.k + p] = bytes[p] - 128;
      }
      GemmI8Epilogue epilogue;
      epilogue.bias = bias.data();
      REQUIRE(run_gemm_i4(*set, {ActivationType::kFloat32, x.data(), shape.m, shape.k, {}}, packed, epilogue,
                          {OutputType::kFloat32, c.data()})
                  .ok());
      check_product(c, weights, a, scale, bias);
    }
}

TEST_CASE("int4 groups may be so long that the sums of their largest products nearly leave int32") {
  Generator random(45);
  const size_t n = 2, k = 1'118'480;  // 15 * 128 * k < 2^31
  Int4Weights weights(random, {n, k, 0, Pattern::kRandom, false});
  std::fill(weights.nibbles.begin(), weights.nibbles.end(), uint8_t{0xFF});
  PackedInt4 packed;
  REQUIRE(pack_int4(weights.source(), &packed).ok());
  const std::vector<int8_t> rows(2 * k, -128);
  const float scale = 1;
  GemmI8Epilogue epilogue;
  epilogue.row_scale = &scale;
  for (const KernelSet* set : tested_kernel_sets())
    for (const size_t m : {1, 2}) {
      CAPTURE(set->name);
      std::vector<float> c(m * n, -1);
      REQUIRE(run_gemm_i4(*set, {ActivationType::kInt8, rows.data(), m, k, {}}, packed, epilogue,
                          {OutputType::kFloat32, c.data()})
                  .ok());
      // (15 - 8) * -128 * k, without zero points
      for (size_t i = 0; i < c.size(); ++i)
        REQUIRE(same_bits(c[i], static_cast<float>(-7 * 128 * static_cast<int64_t>(k)) * weights.scales[i % n]));
    }
}

TEST_CASE("signed 4-bit weights are those that are larger by 8") {
  Generator random(43);
  const Int4Weights weights(random, {20, 70, 32, Pattern::kRandom, true});
  std::vector<uint8_t> flipped = weights.nibbles;
  for (uint8_t& byte : flipped) byte ^= 0x88;
  std::vector<int8_t> zeros = weights.zeros;
  for (int8_t& zero : zeros) zero = static_cast<int8_t>(zero - 8);
  Int4Source source = weights.source();
  PackedInt4 packed, of_signed;
  REQUIRE(pack_int4(source, &packed).ok());
  source.nibbles = flipped.data(), source.zero_points = zeros.data(), source.is_signed = true;
  REQUIRE(pack_int4(source, &of_signed).ok());
  REQUIRE(packed.size_bytes() == of_signed.size_bytes());
  check_same(of_signed.panels.as<uint8_t>(), packed.panels.as<uint8_t>(), packed.panels.size_bytes());
  check_same(of_signed.zero_points.as<uint8_t>(), packed.zero_points.as<uint8_t>(), packed.zero_points.size_bytes());
}

TEST_CASE("4-bit weights that have no meaning are refused") {
  Generator random(44);
  const Int4Weights weights(random, {4, 64, 32, Pattern::kRandom, true});
  PackedInt4 packed;
  Int4Source source = weights.source();
  source.group = 20;
  CHECK(pack_int4(source, &packed).code == Code::kRange);
  source = weights.source();
  std::vector<float> scales = weights.scales;
  scales[5] = std::numeric_limits<float>::infinity();
  source.scales = scales.data();
  CHECK(pack_int4(source, &packed).code == Code::kRange);
  source = weights.source();
  std::vector<int8_t> zeros = weights.zeros;
  zeros[7] = 16;
  source.zero_points = zeros.data();
  CHECK(pack_int4(source, &packed).code == Code::kRange);
  REQUIRE(pack_int4(weights.source(), &packed).ok());
  const uint8_t a[64] = {};
  float c[4];
  CHECK(run_gemm_i4(active_kernel_set(), {ActivationType::kUint8, a, 1, 64, {}}, packed, {}, {OutputType::kFloat32, c})
            .code == Code::kRange);
}
