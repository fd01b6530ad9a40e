// Layers on a GPU give the CPU's bytes: every form of weights, all outputs and activations, zero points, biases and
// residuals, over shapes around the edges of the kernels' tiles.
#include "cuda/linear.h"

#include <algorithm>

#include "binding/plain_weights.h"
#include "dispatch/dispatch.h"
#include "gpu.h"
#include "layer_case.h"

namespace {

using namespace octavo;
using namespace octavo_test;

constexpr OutputType kOutputs[] = {OutputType::kFloat32, OutputType::kFloat16, OutputType::kInt8, OutputType::kUint8,
                                   OutputType::kInt32};
constexpr Activation kActivations[] = {{},
                                       {ActivationKind::kClip, 0, INFINITY},
                                       {ActivationKind::kClip, -0.5f, 0.7f},
                                       {ActivationKind::kGelu},
                                       {ActivationKind::kGeluTanh},
                                       {ActivationKind::kSilu}};

/// y of both, or of the GPU's layer alone where `bytes` says that its rows are quantized already.
struct Outputs {
  std::vector<uint8_t> cpu, gpu;
};

cuda::LinearRows rows_on(const LayerCase& c, const OnDevice<float>& floats, const OnDevice<uint8_t>& bytes) {
  if (c.bytes) return cuda::DeviceRows<uint8_t>{bytes.data(), c.m, c.k, c.k};
  return cuda::DeviceRows<float>{floats.data(), c.m, c.k, c.k};
}

Outputs compute(LayerCase& c) {
  const KernelSet& set = active_kernel_set();
  QuantizedLinear layer;
  require_ok(QuantizedLinear::create(set, c.spec, &layer));
  const std::vector<float> x = c.rows(), residual = c.residual ? c.floats(c.m * c.n) : std::vector<float>();
  const std::vector<uint8_t> bytes = c.byte_rows();
  Outputs y;
  y.cpu.assign(c.m * c.n * element_bytes(c.spec.output), 0x55);
  y.gpu = y.cpu;
  const LayerRows rows = c.bytes ? LayerRows{c.spec.input, bytes.data(), c.m, c.k}
                                 : LayerRows{ActivationType::kFloat32, x.data(), c.m, c.k};
  require_ok(layer.forward(set, rows, {c.residual ? residual.data() : nullptr, c.n}, y.cpu.data()));

  PlainWeights plain;
  cuda::Linear placed;
  require_ok(placed.upload(gpu(), plain.layer_of(set, layer)));
  CHECK(placed.k() == c.k);
  CHECK(placed.n() == c.n);
  const OnDevice<float> floats(x), added(residual);
  const OnDevice<uint8_t> staged(bytes), out(y.gpu);
  require_ok(placed.forward(rows_on(c, floats, staged), c.residual ? added.data() : nullptr, out.data()));
  y.gpu = out.values();
  return y;
}

void check(LayerCase c) {
  const Outputs y = compute(c);
  const auto apart = std::mismatch(y.cpu.begin(), y.cpu.end(), y.gpu.begin());
  INFO(c.text(), ": byte ", apart.first - y.cpu.begin());
  CHECK(y.gpu == y.cpu);
}

/// Each output and activation once, and what else a layer has, in turns.
void check_forms(Form form, size_t outputs, unsigned seed) {
  Generator random(seed);
  for (size_t i = 0; i < std::max(outputs, std::size(kActivations)); ++i) {
    LayerCase c(random, form, {2 + i, 19, 70, 32});
    c.spec.output = kOutputs[i % outputs];
    c.spec.activation = kActivations[i % std::size(kActivations)];
    c.set_bias(i % 2 == 0);
    c.residual = c.spec.output != OutputType::kInt32 && i % 3 == 1;
    if (i % 3 == 2) c.set_input_scale();
    check(std::move(c));
  }
}

}  // namespace

TEST_CASE("layers of every form of weights, with every output and activation") {
  check_forms(Form::kInt8, 5, 1);
  check_forms(Form::kInt4, 4, 2);
  check_forms(Form::kInt8Groups, 4, 3);
  check_forms(Form::kLut4, 2, 4);
  check_forms(Form::kFloat16, 2, 5);
  check_forms(Form::kBfloat16, 2, 6);
}

TEST_CASE("int8 layers with static activations, of floats and of bytes, and zero points of weights") {
  Generator random(7);
  for (const bool is_signed : {false, true})
    for (const bool zeros : {false, true})
      for (const size_t k : {1u, 16u, 50u, 129u})
        for (const bool bytes : {false, true}) {
          LayerCase c(random, Form::kInt8, {3, 21, k, 0});
          c.set_static(is_signed);
          if (zeros) c.set_weight_zeros(k != 50);
          c.bytes = bytes;
          c.spec.output = bytes ? OutputType::kInt32 : OutputType::kUint8;
          check(std::move(c));
        }
}

TEST_CASE("dynamic int8 layers with zero points of weights, one for all or each its own") {
  Generator random(8);
  for (const bool each : {false, true}) {
    LayerCase c(random, Form::kInt8, {5, 33, 77, 0});
    c.set_weight_zeros(each);
    check(std::move(c));
  }
}

TEST_CASE("4-bit weights: groups of any size, one row and several, more pieces than fit shared memory") {
  Generator random(9);
  const struct {
    size_t m, n, k, group;
  } shapes[] = {{1, 1, 1, 0},     {1, 16, 8, 8},       {1, 17, 2048, 128}, {4, 15, 2049, 64},
                {5, 5, 2600, 96}, {1, 3, 4100, 32},    {9, 40, 200, 40},   {3, 18, 72, 24},
                {2, 20, 3000, 0}, {8, 16, 4096, 2048}, {1, 31, 96, 32},    {1, 16, 2304, 1152}};
  for (const auto& [m, n, k, group] : shapes)
    for (const bool zeros : {false, true}) {
      LayerCase c(random, Form::kInt4, {m, n, k, group});
      if (zeros) c = LayerCase(random, Form::kInt4WithZeros, {m, n, k, group});
      check(std::move(c));
    }
}

TEST_CASE("codebook weights: groups of any size, few and many, one row and several") {
  Generator random(10);
  const struct {
    size_t m, n, k, block;
  } shapes[] = {{1, 1, 1, 64},    {1, 4, 64, 64},   {1, 5, 4096, 64},  {4, 7, 640, 64}, {5, 513, 32, 64},
                {2, 33, 60, 7},   {3, 9, 100, 100}, {1, 6, 9216, 64},  {6, 10, 258, 2}, {1, 130, 33, 1},
                {9, 3, 1100, 44}, {1, 1030, 8, 8},  {4, 5, 16640, 128}};
  for (const auto& [m, n, k, block] : shapes) check(LayerCase(random, Form::kLut4, {m, n, k, block}));
}

TEST_CASE("float weights: around the edges of steps and tiles, one row and several") {
  Generator random(11);
  for (const Form form : {Form::kFloat16, Form::kBfloat16})
    for (const size_t k : {1u, 8u, 63u, 64u, 65u, 130u, 320u})
      for (const size_t m : {1u, 2u, 17u}) check(LayerCase(random, form, {m, m == 2 ? 65u : 64u - m, k, 0}));
}

TEST_CASE("products that are too small keep their sign: a chain ends with its inputs") {
  Generator random(13);
  for (const Form form : {Form::kFloat16, Form::kBfloat16})
    for (const size_t m : {1u, 2u}) {
      LayerCase c(random, form, {m, 64, 1, 0});
      c.tiny = true;
      check(std::move(c));
    }
}

TEST_CASE("layers without rows, inputs or outputs") {
  Generator random(12);
  for (const Form form : {Form::kInt8, Form::kInt4, Form::kInt8Groups, Form::kLut4, Form::kFloat16}) {
    check(LayerCase(random, form, {0, 4, 8, 0}));
    check(LayerCase(random, form, {3, 0, 8, 0}));
    check(LayerCase(random, form, {3, 4, 0, 0}));
  }
}
