// The float32 product against one fma chain per output, bit for bit, on every kernel set.
#include <doctest/doctest.h>

#include "core/fused_multiply_add.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "kernels/activation/activation_scalar.h"
#include "ops/gemm_f32.h"
#include "ops/thread_pool.h"
#include "random_values.h"
#include "same_bits.h"
#include "test_options.h"

using namespace octavo;
using namespace octavo_test;

namespace {

struct Case {
  size_t m, n, k, stride_extra;
  bool transposed, biased;
  Activation activation = {};
};

constexpr Activation kActivations[] = {{ActivationKind::kClip, -0.5f, 2.0f}, {}, {ActivationKind::kGelu}, {},
                                       {ActivationKind::kGeluTanh},          {}, {ActivationKind::kSilu}};

void run_case(const KernelSet& set, const Case& c) {
  CAPTURE(set.name);
  CAPTURE(c.m);
  CAPTURE(c.n);
  CAPTURE(c.k);
  Generator random(static_cast<uint32_t>(c.m * 31 + c.n * 17 + c.k));
  const size_t stride = c.k + c.stride_extra;
  const std::vector<float> a = float_values(random, strided_length(c.m, c.k, stride));
  const std::vector<float> b = float_values(random, c.k * c.n), bias = float_values(random, c.n);
  const Side side = c.n % 2 ? Side::kStart : Side::kEnd;
  GuardedBuffer a_memory(a.size() * 4 + 4), c_memory(c.m * c.n * 4 + 4), bias_memory(c.n * 4 + 4);
  PackedFloat32 packed;
  REQUIRE(pack_float32(set, b.data(), {c.k, c.n, c.transposed}, &packed).ok());
  float* out = c_memory.place<float>(c.m * c.n, side);
  const float* placed_bias = c.biased ? bias_memory.place(bias, side) : nullptr;
  REQUIRE(matmul_f32(set, {a_memory.place(a, side), c.m, stride}, packed, {placed_bias, c.activation}, out).ok());
  for (size_t i = 0; i < c.m; ++i)
    for (size_t j = 0; j < c.n; ++j) {
      float expected = 0;
      for (size_t p = 0; p < c.k; ++p)
        expected = fused_multiply_add(a[i * stride + p], b[c.transposed ? j * c.k + p : p * c.n + j], expected);
      if (c.biased) expected = expected + bias[j];
      expected = activate(c.activation, expected);
      REQUIRE(same_bits(out[i * c.n + j], expected));
    }
}

}  // namespace

TEST_CASE("float32 products are one fma chain per output") {
  constexpr size_t kRows[] = {0, 1, 2, 3, 4, 6, 7, 13, 14, 15, 29}, kColumns[] = {0, 1, 8, 15, 16, 17, 33, 63, 64, 129},
                   kDepths[] = {0, 1, 2, 5, 16, 33};
  size_t number = 0;
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t m : kRows)
      for (const size_t n : kColumns)
        for (const size_t k : kDepths) {
          ++number;
          run_case(*set, {m, n, k, number % 3, number % 2 == 0, number % 5 != 0, kActivations[number % 7]});
        }
}

TEST_CASE("blocks of k continue the chain, rows a page apart are read right") {
  for (const KernelSet* set : available_kernel_sets()) {
    for (const size_t k : {511u, 512u, 513u, 1024u, 1100u}) run_case(*set, {15, 40, k, 0, false, true});
    run_case(*set, {7, full_or<size_t>(400, 200), 600, 424, true, false, kActivations[0]});
    run_case(*set, {16, full_or<size_t>(400, 104), 1100, 0, true, true, kActivations[2]});
  }
}

TEST_CASE("weights without values are packed at once, however large their other side") {
  constexpr size_t kHuge = size_t{1} << 53;
  PackedFloat32 floats;
  PackedInt8 bytes;
  const KernelSet& set = *available_kernel_sets().front();
  CHECK(pack_float32(set, nullptr, {0, kHuge, false}, &floats).ok());
  CHECK(pack_float32(set, nullptr, {kHuge, 0, true}, &floats).ok());
  CHECK(pack_int8(set, nullptr, {0, kHuge, false}, &bytes).code == Code::kNative);
  CHECK(pack_int8(set, nullptr, {kHuge, 0, false}, &bytes).ok());
}

TEST_CASE("threads do not change a float32 product") {
  for (const size_t threads : {1u, 4u}) {
    ThreadPool::instance().set_threads(threads);
    run_case(*available_kernel_sets().front(), {full_or<size_t>(300, 210), 100, 200, 1, false, true, kActivations[4]});
    run_case(*available_kernel_sets().front(), {2, full_or<size_t>(3000, 2000), 1030, 0, true, true});
  }
  ThreadPool::instance().set_threads(1);
}
