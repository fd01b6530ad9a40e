// The int8 driver against plain loops: zero points of both sides, signedness, strided rows, blocks, threads.
#include <doctest/doctest.h>

#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "gemm_i8_reference.h"
#include "guarded_buffer.h"
#include "ops/gemm_i8.h"
#include "ops/thread_pool.h"
#include "random_values.h"
#include "same_bits.h"
#include "test_options.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

struct Zeros {
  std::vector<int32_t> values;
  ZeroPoints view() const { return {values.data(), values.size()}; }
  int32_t at(size_t i) const { return values.empty() ? 0 : values[values.size() == 1 ? 0 : i]; }
};

/// kind 0: none, 1: one for all, 2: one each.
Zeros make_zeros(Generator& random, int kind, size_t count, int32_t low, int32_t high) {
  return {int_values(random, kind == 0 ? 0 : kind == 1 ? 1 : count, low, high)};
}

struct Case {
  size_t m, n, k, stride_extra = 0;
  bool is_signed = false, transposed = false;
  int a_zero = 0, b_zero = 0;
  Pattern pattern = Pattern::kRandom;
};

void run_case(const KernelSet& set, const Case& c, Side side) {
  CAPTURE(set.name);
  CAPTURE(c.m);
  CAPTURE(c.n);
  CAPTURE(c.k);
  CAPTURE(c.is_signed);
  CAPTURE(c.a_zero);
  CAPTURE(c.b_zero);
  Generator random(static_cast<uint32_t>(c.m * 7919 + c.n * 104729 + c.k + (c.is_signed ? 1 : 0)));
  const int32_t low = c.is_signed ? -128 : 0, high = low + 255;
  const Product product = {c.m, c.n, c.k, byte_values(random, c.m * c.k, c.pattern, low, high),
                           byte_values(random, c.k * c.n, c.pattern, -128, 127)};
  const Zeros a_zero = make_zeros(random, c.a_zero, c.m, low, high),
              b_zero = make_zeros(random, c.b_zero, c.n, -128, 127);
  const size_t stride = c.k + c.stride_extra, length = strided_length(c.m, c.k, stride);
  GuardedBuffer a_memory(length + 1), c_memory(c.m * c.n * 4 + 4);
  uint8_t* a = a_memory.place<uint8_t>(length, side);
  for (size_t i = 0; i < c.m; ++i)
    for (size_t p = 0; p < c.k; ++p) a[i * stride + p] = static_cast<uint8_t>(product.a[i * c.k + p]);
  std::vector<int8_t> b(c.k * c.n);
  for (size_t p = 0; p < c.k; ++p)
    for (size_t j = 0; j < c.n; ++j)
      b[c.transposed ? j * c.k + p : p * c.n + j] = static_cast<int8_t>(product.b[p * c.n + j]);
  PackedInt8 packed;
  REQUIRE(pack_int8(set, b.data(), {c.k, c.n, c.transposed}, &packed).ok());
  int32_t* out = c_memory.place<int32_t>(c.m * c.n, side);
  const ActivationType type = c.is_signed ? ActivationType::kInt8 : ActivationType::kUint8;
  REQUIRE(matmul_i8(set, {type, a, c.m, stride, {}}, packed, a_zero.view(), b_zero.view(), out).ok());
  for (size_t i = 0; i < c.m; ++i)
    for (size_t j = 0; j < c.n; ++j) REQUIRE(out[i * c.n + j] == wrap(product.sum(i, j, a_zero.at(i), b_zero.at(j))));
}

void run_on_all_sets(const Case& c) {
  for (const KernelSet* set : tested_kernel_sets()) run_case(*set, c, c.m % 2 ? Side::kStart : Side::kEnd);
}

}  // namespace

TEST_CASE("int8 products of every small shape, with and without zero points") {
  size_t number = 0;
  for (size_t m = 0; m <= 6; ++m)
    for (size_t n = 0; n <= 6; ++n)
      for (size_t k = 0; k <= 9; ++k, ++number)
        run_on_all_sets({m, n, k, number % 3, number % 2 == 1, number % 5 == 0, static_cast<int>(number % 3),
                         static_cast<int>(number / 3 % 3)});
}

TEST_CASE("int8 products around the edges of tiles, panels and blocks") {
  constexpr size_t kRows[] = {1, 6, 7, 13, 14, 15, 28, 29}, kColumns[] = {8, 15, 16, 17, 33, 64, 65},
                   kDepths[] = {16, 17, 63, 64, 65};
  size_t number = 0;
  for (const size_t m : kRows)
    for (const size_t n : kColumns)
      for (const size_t k : kDepths) {
        ++number;
        run_on_all_sets({m, n, k, number % 4, number % 2 == 1, number % 5 == 0, static_cast<int>(number % 3),
                         static_cast<int>(number / 3 % 3)});
      }
}

TEST_CASE("adversarial values stay exact") {
  for (const Pattern pattern : kPatterns)
    for (const bool is_signed : {false, true})
      for (const size_t k : {3u, 64u, 515u})
        for (const int zero : {0, 1, 2}) run_on_all_sets({5, 19, k, 0, is_signed, false, zero, zero, pattern});
}

TEST_CASE("rows around and beyond what a kernel reorders on its stack") {
  size_t number = 0;
  for (const size_t m : {2u, 3u, 8u})
    for (const size_t k : {4095u, 4096u, 4097u, 4105u}) {
      const Pattern pattern = kPatterns[number % std::size(kPatterns)];
      run_on_all_sets({m, m == 8 ? 9u : 17u, k, number % 2, ++number % 2 == 1, true, 0, 0, pattern});
    }
}

TEST_CASE("several row blocks, column blocks and threads give the same result") {
  for (const size_t threads : {1u, 4u}) {
    ThreadPool::instance().set_threads(threads);
    run_case(*available_kernel_sets().front(), {600, 70, 80, 5, true, true, 2, 2}, Side::kEnd);
    run_case(*available_kernel_sets().front(), {3, 700, 2048, 0, false, true, 1, 1}, Side::kEnd);
    run_case(*available_kernel_sets().front(), {full_or<size_t>(260, 130), 300, 500, 0, false, false, 2, 0},
             Side::kEnd);
    run_case(*available_kernel_sets().front(), {20, 400, 2048, 3, true, false, 1, 2}, Side::kEnd);
  }
  ThreadPool::instance().set_threads(1);
}

TEST_CASE("rows that several threads stage for all blocks of columns") {
  ThreadPool::instance().set_threads(4);
  run_case(*available_kernel_sets().front(), {32, 33, 60001, 1, true, true, 0, 2}, Side::kStart);
  ThreadPool::instance().set_threads(1);
}

TEST_CASE("the bound on k and the range of zero points") {
  const int32_t zero = 128, outside = 256, lowest = -128;
  CHECK(check_gemm_i8_range(ActivationType::kUint8, 65793, {}, {}).ok());
  CHECK(check_gemm_i8_range(ActivationType::kUint8, 65794, {}, {}).code == Code::kRange);
  CHECK(check_gemm_i8_range(ActivationType::kInt8, 131071, {}, {}).ok());
  CHECK(check_gemm_i8_range(ActivationType::kInt8, 131072, {}, {}).code == Code::kRange);
  CHECK(check_gemm_i8_range(ActivationType::kUint8, 131071, {&zero, 1}, {}).ok());
  CHECK(check_gemm_i8_range(ActivationType::kUint8, 1, {&outside, 1}, {}).code == Code::kRange);
  CHECK(check_gemm_i8_range(ActivationType::kUint8, 33025, {}, {&lowest, 1}).ok());
  CHECK(check_gemm_i8_range(ActivationType::kUint8, 33026, {}, {&lowest, 1}).code == Code::kRange);
}

TEST_CASE("the largest k is exact at the extremes") {
  for (const KernelSet* set : tested_kernel_sets()) {
    CAPTURE(set->name);
    const size_t k = 65793;
    const std::vector<uint8_t> a(k, 255);
    const std::vector<int8_t> b(k, -128);
    PackedInt8 packed;
    int32_t out = 0;
    REQUIRE(pack_int8(*set, b.data(), {k, 1, false}, &packed).ok());
    REQUIRE(matmul_i8(*set, {ActivationType::kUint8, a.data(), 1, k, {}}, packed, {}, {}, &out).ok());
    CHECK(out == -255 * 128 * static_cast<int64_t>(k));
  }
}
