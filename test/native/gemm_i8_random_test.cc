// Products and layers of random shapes, types, zero points and epilogues: every kernel set gives the scalar set's
// bytes.
#include <doctest/doctest.h>

#include <cstring>

#include "core/sizes.h"
#include "ops/quantized_linear.h"
#include "ops/thread_pool.h"
#include "random_values.h"
#include "test_options.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

constexpr size_t kMostRows = 70, kMostColumns = 140, kMostDepth = 330;

size_t draw(Generator& random, size_t most) { return random() % (most + 1); }

std::vector<int32_t> draw_zeros(Generator& random, size_t count, int32_t low, int32_t high) {
  const size_t kind = draw(random, 2);
  return int_values(random, kind == 0 ? 0 : kind == 1 ? 1 : count, low, high);
}

/// One product's operands; small shapes are as likely as large ones.
struct Operands {
  size_t m, n, k, stride;
  bool is_signed, transposed;
  std::vector<uint8_t> a;
  std::vector<int8_t> b;

  explicit Operands(Generator& random) {
    const bool small = random() % 2 == 0;
    m = draw(random, small ? 18 : kMostRows);
    n = draw(random, small ? 35 : kMostColumns);
    k = draw(random, small ? 70 : kMostDepth);
    stride = k + (random() % 2 ? draw(random, 70) : 0);
    is_signed = random() % 2;
    transposed = random() % 2;
    const Pattern pattern = random() % 2 ? Pattern::kRandom : kPatterns[draw(random, 4)];
    const std::vector<int32_t> left = byte_values(random, m * stride, pattern, low(), low() + 255),
                               right = byte_values(random, k * n, pattern, -128, 127);
    a.assign(left.begin(), left.end());
    b.assign(right.begin(), right.end());
  }
  int32_t low() const { return is_signed ? -128 : 0; }
  ActivationType type() const { return is_signed ? ActivationType::kInt8 : ActivationType::kUint8; }
};

std::vector<int32_t> product(const KernelSet& set, const Operands& o, const std::vector<int32_t>& a_zero,
                             const std::vector<int32_t>& b_zero) {
  PackedInt8 packed;
  REQUIRE(pack_int8(set, o.b.data(), {o.k, o.n, o.transposed}, &packed).ok());
  std::vector<int32_t> c(o.m * o.n, -1);
  REQUIRE(matmul_i8(set, {o.type(), o.a.data(), o.m, o.stride, {}}, packed, {a_zero.data(), a_zero.size()},
                    {b_zero.data(), b_zero.size()}, c.data())
              .ok());
  return c;
}

/// A layer with everything drawn: input, output, scales, zero points, bias, limits.
struct LayerDraw {
  std::vector<float> scale, bias, x, residual;
  size_t residual_stride;
  std::vector<int32_t> zero;
  QuantizedLinearSpec spec;

  LayerDraw(Generator& random, const Operands& o) {
    static constexpr OutputType kOutputs[] = {OutputType::kFloat32, OutputType::kFloat16, OutputType::kInt8,
                                              OutputType::kUint8};
    scale = float_values(random, random() % 2 ? o.n : 1, 0.001f, 0.01f);
    bias = float_values(random, o.n);
    x = float_values(random, o.m * o.stride);
    zero = draw_zeros(random, o.n, -128, 127);
    spec.input = random() % 3 == 0 ? ActivationType::kFloat32 : o.type();
    spec.quantization = {spec.input == ActivationType::kFloat32, o.is_signed, 0.03f,
                         int_values(random, 1, o.low(), o.low() + 255)[0]};
    spec.output = kOutputs[draw(random, 3)];
    spec.output_scale = random() % 4 ? 0.07f : 1e-9f;  // the latter takes values beyond int32
    spec.output_zero_point = spec.output == OutputType::kInt8 ? -5 : 9;
    spec.activation = {static_cast<ActivationKind>(draw(random, 4)), 0, random() % 2 ? 6 : INFINITY};
    residual_stride = o.n + draw(random, 3);
    if (random() % 2) residual = float_values(random, o.m * residual_stride);
    if (random() % 2) spec.bias = bias.data();
  }

  std::vector<uint8_t> forward(const KernelSet& set, const Operands& o, bool from_floats) {
    auto packed = std::make_shared<PackedInt8>();
    REQUIRE(pack_int8(set, o.b.data(), {o.k, o.n, o.transposed}, packed.get()).ok());
    spec.weights = packed;
    spec.weight_scale = scale.data();
    spec.weight_scale_count = scale.size();
    spec.weight_zero = {zero.data(), zero.size()};
    QuantizedLinear layer;
    REQUIRE(QuantizedLinear::create(set, spec, &layer).ok());
    std::vector<uint8_t> y(o.m * o.n * element_bytes(spec.output), 0xA5);
    const void* input = from_floats ? static_cast<const void*>(x.data()) : o.a.data();
    REQUIRE(layer
                .forward(set, {from_floats ? ActivationType::kFloat32 : o.type(), input, o.m, o.stride},
                         {residual.empty() ? nullptr : residual.data(), residual_stride}, y.data())
                .ok());
    return y;
  }
};

void check_round(uint32_t seed) {
  Generator random(seed);
  const Operands o(random);
  const std::vector<int32_t> a_zero = draw_zeros(random, o.m, o.low(), o.low() + 255),
                             b_zero = draw_zeros(random, o.n, -128, 127);
  LayerDraw layer(random, o);
  const bool from_floats = layer.spec.input == ActivationType::kFloat32 || random() % 3 == 0;
  const KernelSet& scalar = *available_kernel_sets().back();
  const auto sums = product(scalar, o, a_zero, b_zero);
  const auto outputs = layer.forward(scalar, o, from_floats);
  CAPTURE(seed);
  for (const KernelSet* set : tested_kernel_sets()) {
    CAPTURE(set->name);
    REQUIRE(product(*set, o, a_zero, b_zero) == sums);
    REQUIRE(layer.forward(*set, o, from_floats) == outputs);
  }
}

}  // namespace

TEST_CASE("random products and layers give the scalar set's bytes on every kernel set") {
  ThreadPool::instance().set_threads(3);
  const uint32_t rounds = full_or(300, 60);
  for (uint32_t seed = 1; seed <= rounds; ++seed) check_round(seed);
  ThreadPool::instance().set_threads(1);
}
