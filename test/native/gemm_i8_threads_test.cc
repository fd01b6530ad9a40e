// Products on several threads: the same bytes for every number of threads and every type of output, and for callers and
// jobs that compute at once.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ops/quantized_linear.h"
#include "ops/scratch.h"
#include "ops/thread_pool.h"
#include "random_values.h"
#include "test_options.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

/// Sets the pool's threads for a scope.
struct PoolThreads {
  explicit PoolThreads(size_t threads) { ThreadPool::instance().set_threads(threads); }
  ~PoolThreads() { ThreadPool::instance().set_threads(1); }
};

/// x · w for one shape, with everything that outputs need.
struct Work {
  size_t m, n, k;
  const KernelSet& set;
  std::vector<float> x, scale, bias, residual;
  std::vector<uint8_t> bytes;
  std::vector<int32_t> weight_zero;
  std::shared_ptr<PackedInt8> packed = std::make_shared<PackedInt8>();

  Work(const KernelSet& kernels, size_t rows, size_t columns, size_t depth)
      : m(rows), n(columns), k(depth), set(kernels) {
    Generator random(static_cast<uint32_t>(rows + columns));
    const std::vector<int32_t> weights = int_values(random, n * k, -128, 127),
                               values = int_values(random, m * k, 0, 255);
    const std::vector<int8_t> b(weights.begin(), weights.end());
    REQUIRE(pack_int8(set, b.data(), {k, n, true}, packed.get()).ok());
    bytes.assign(values.begin(), values.end());
    x = float_values(random, m * k);
    scale = float_values(random, n, 0.001f, 0.002f);
    bias = float_values(random, n);
    residual = float_values(random, m * n);
    weight_zero = int_values(random, n, -9, 9);
  }

  std::vector<uint8_t> product() const {
    std::vector<uint8_t> c(m * n * sizeof(int32_t));
    const int32_t zero = 77;
    const Status status = matmul_i8(set, {ActivationType::kUint8, bytes.data(), m, k, {}}, *packed, {&zero, 1},
                                    {weight_zero.data(), n}, reinterpret_cast<int32_t*>(c.data()));
    return status.ok() ? c : std::vector<uint8_t>();
  }

  /// Leaves nonsense in this thread's working memory: a row that nobody stages must not pass for right.
  void spoil_rows() const {
    const size_t bytes = 2 * m * (k + 192);
    std::memset(scratch(ScratchSlot::kStagedRows, bytes), 0x5A, bytes);
  }

  /// A layer with dynamic quantization, a residual and an activation.
  std::vector<uint8_t> layer(OutputType output) const {
    QuantizedLinearSpec spec;
    spec.weights = packed;
    spec.weight_scale = scale.data();
    spec.weight_scale_count = n;
    spec.weight_zero = {weight_zero.data(), n};
    spec.bias = bias.data();
    spec.output = output;
    spec.output_scale = 0.5f;
    spec.activation.kind = ActivationKind::kSilu;
    QuantizedLinear made;
    std::vector<uint8_t> y(m * n * element_bytes(output));
    const bool ok = QuantizedLinear::create(set, spec, &made).ok() &&
                    made.forward(set, {ActivationType::kFloat32, x.data(), m, k}, {residual.data(), n}, y.data()).ok();
    return ok ? y : std::vector<uint8_t>();
  }
};

/// The layer's results on each of these numbers of threads, against those on one.
void check_layer(const Work& work, OutputType output, const std::vector<size_t>& counts) {
  CAPTURE(std::string(work.set.name));
  CAPTURE(work.m);
  CAPTURE(static_cast<int>(output));
  const auto expected = work.layer(output);
  REQUIRE(!expected.empty());
  for (const size_t threads : counts) {
    CAPTURE(threads);
    work.spoil_rows();
    const PoolThreads pool(threads);
    CHECK(work.layer(output) == expected);
  }
}

void check_product(const Work& work, const std::vector<size_t>& counts) {
  CAPTURE(work.m);
  const auto expected = work.product();
  REQUIRE(!expected.empty());
  for (const size_t threads : counts) {
    CAPTURE(threads);
    work.spoil_rows();
    const PoolThreads pool(threads);
    CHECK(work.product() == expected);
  }
}

}  // namespace

TEST_CASE("results do not depend on the number of threads, whatever the type of output") {
  // Cut by rows, by columns, and too small to be cut. The second also has several threads stage its rows.
  const size_t rows = full_or(450, 130), columns = full_or(450, 150);
  const std::vector<size_t> threads = sizes({2, 3, 4, 7}, {2});
  for (const auto [m, n, k] : {std::array<size_t, 3>{rows, 256, 512}, {13, columns, 10300}, {9, 40, 64}}) {
    const Work work(*available_kernel_sets().front(), m, n, k);
    check_product(work, threads);
    for (const OutputType output : {OutputType::kFloat32, OutputType::kFloat16, OutputType::kInt8, OutputType::kUint8})
      check_layer(work, output, threads);
  }
}

TEST_CASE("results do not depend on the number of threads on any kernel set") {
  // As small as products for two threads can be: some sets are slow.
  for (const KernelSet* set : tested_kernel_sets())
    for (const auto [m, n, k] : {std::array<size_t, 3>{110, 290, 515}, {13, 40, 31000}})
      check_layer({*set, m, n, k}, OutputType::kFloat32, {2});
}

TEST_CASE("threads that bring rows into another form have memory of their own for it") {
  for (const KernelSet* set : tested_kernel_sets()) {
    const Work work(*set, 8, 34, 60000);
    if (kernel_set_for_rows(*set, work.m).gemm_i8->a_form == AForm::kU8) continue;  // quantized rows have that form
    for (int round = 0; round < full_or(4, 1); ++round) check_layer(work, OutputType::kFloat32, {2});
  }
}

TEST_CASE("callers and jobs that compute at once get their own results") {
  const PoolThreads pool(4);
  const KernelSet& set = *available_kernel_sets().front();
  const Work large(set, full_or(150, 125), 256, 512), small(set, 3, 70, 90);
  const auto large_product = large.product(), small_product = small.product();
  const auto large_layer = large.layer(OutputType::kFloat32);
  std::atomic<int> wrong{0}, left{12};
  const auto compute = [&](int i) {
    const bool right = i % 3 == 0   ? large.product() == large_product
                       : i % 3 == 1 ? small.product() == small_product
                                    : large.layer(OutputType::kFloat32) == large_layer;
    if (!right) ++wrong;
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&, i] {
      for (int round = 0; round < 4; ++round) compute(i + round);
    });
  for (int i = 0; i < 12; ++i)
    REQUIRE(ThreadPool::instance().submit(std::make_shared<PoolJob>([&, i] {
      compute(i);
      --left;
    })));
  for (std::thread& caller : callers) caller.join();
  while (left > 0) std::this_thread::yield();
  CHECK(wrong == 0);
}
