// The quantized linear layer on every kernel set against plain loops: dynamic and static input, all outputs.
#include <doctest/doctest.h>

#include "dispatch/dispatch.h"
#include "gemm_i8_reference.h"
#include "ops/quantized_linear.h"
#include "ops/thread_pool.h"
#include "quantize_row.h"
#include "random_values.h"
#include "same_bits.h"
#include "test_options.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

constexpr size_t kM = 9, kN = 21, kK = 50, kResidualStride = kN + 2;
constexpr Activation kActivations[] = {{},
                                       {ActivationKind::kClip, 0, INFINITY},
                                       {ActivationKind::kClip, -0.5f, 0.7f},
                                       {ActivationKind::kGelu},
                                       {ActivationKind::kGeluTanh},
                                       {ActivationKind::kSilu}};

struct LayerCase {
  ActivationType input;  // kFloat32: dynamic
  OutputType output;
  bool per_channel, weight_zero, biased;
  Activation activation;
  bool with_residual;
};

class Layer {
 public:
  Layer(const KernelSet& set, const LayerCase& c, Generator& random) : set_(set), case_(c) {
    weights_ = int_values(random, kN * kK, -128, 127);
    scale_ = float_values(random, c.per_channel ? kN : 1, 0.001f, 0.01f);
    zero_ = c.weight_zero ? int_values(random, kN, -20, 20) : std::vector<int32_t>();
    bias_ = float_values(random, kN);
    const std::vector<int8_t> bytes(weights_.begin(), weights_.end());
    auto packed = std::make_shared<PackedInt8>();
    REQUIRE(pack_int8(set, bytes.data(), {kK, kN, true}, packed.get()).ok());
    spec_.weights = packed;
    spec_.weight_scale = scale_.data();
    spec_.weight_scale_count = scale_.size();
    spec_.weight_zero = {zero_.data(), zero_.size()};
    spec_.bias = c.biased ? bias_.data() : nullptr;
    spec_.input = c.input;
    spec_.quantization = {c.input == ActivationType::kFloat32, c.input == ActivationType::kInt8, 0.03f, 5};
    spec_.output = c.output;
    spec_.output_scale = 0.05f;
    spec_.output_zero_point = 3;
    spec_.activation = c.activation;
    residual_ = float_values(random, kM * kResidualStride);
    REQUIRE(QuantizedLinear::create(set, spec_, &layer_).ok());
  }

  void check(const std::vector<float>& x) const {
    std::vector<uint8_t> y(kM * kN * 4), from_bytes(kM * kN * 4);
    REQUIRE(layer_.forward(set_, {ActivationType::kFloat32, x.data(), kM, kK}, residual(), y.data()).ok());
    std::vector<uint8_t> bytes(kM * kK);
    std::vector<float> row_scale(kM, 0.03f);
    quantize_input(x, bytes, row_scale);
    for (size_t i = 0; i < kM; ++i)
      for (size_t j = 0; j < kN; ++j) check_value(y.data(), i, j, bytes, row_scale);
    if (case_.input == ActivationType::kFloat32) return;
    REQUIRE(layer_.forward(set_, {case_.input, bytes.data(), kM, kK}, residual(), from_bytes.data()).ok());
    CHECK(y == from_bytes);
  }

 private:
  Residual residual() const { return {case_.with_residual ? residual_.data() : nullptr, kResidualStride}; }

  void quantize_input(const std::vector<float>& x, std::vector<uint8_t>& bytes, std::vector<float>& row_scale) const {
    const QuantizeRange range = case_.input == ActivationType::kInt8 ? QuantizeRange{-128, 127} : QuantizeRange{0, 255};
    for (size_t i = 0; i < kM; ++i)
      if (case_.input == ActivationType::kFloat32)
        row_scale[i] = quantize_row(kQuantizeScalar, &x[i * kK], kK, &bytes[i * kK]).scale;
      else
        kQuantizeScalar.uniform(&x[i * kK], &bytes[i * kK], kK, {0.03f, 5, range});
  }

  void check_value(const uint8_t* y, size_t i, size_t j, const std::vector<uint8_t>& bytes,
                   const std::vector<float>& row_scale) const {
    const int32_t input_zero = case_.input == ActivationType::kFloat32 ? 128 : 5;
    int64_t sum = 0;
    for (size_t p = 0; p < kK; ++p) {
      const uint8_t byte = bytes[i * kK + p];
      const int32_t a = case_.input == ActivationType::kInt8 ? static_cast<int8_t>(byte) : byte;
      sum += (a - input_zero) * (weights_[j * kK + p] - (zero_.empty() ? 0 : zero_[j]));
    }
    std::vector<float> scale(kN);
    for (size_t c = 0; c < kN; ++c) scale[c] = scale_[scale_.size() == 1 ? 0 : c];
    GemmI8Epilogue e;
    e.row_scale = row_scale.data();
    e.row_scale_step = 1;
    e.column_scale = scale.data();
    e.bias = spec_.bias;
    e.activation = case_.activation;
    e.residual = residual().data;
    e.residual_stride = kResidualStride;
    e.inverse_scale = 1.0f / 0.05f;
    e.zero_point = 3;
    e.low = (case_.output == OutputType::kInt8 ? -128.0f : 0.0f) - 3;
    e.high = e.low + 255;
    const float f = scaled(e, i, j, wrap(sum));
    if (case_.output == OutputType::kFloat32)
      REQUIRE(same_bits(reinterpret_cast<const float*>(y)[i * kN + j], f));
    else if (case_.output == OutputType::kFloat16)
      REQUIRE(reinterpret_cast<const uint16_t*>(y)[i * kN + j] == nearest_float16(f));
    else
      REQUIRE(y[i * kN + j] == requantized(e, f));
  }

  const KernelSet& set_;
  LayerCase case_;
  std::vector<int32_t> weights_, zero_;
  std::vector<float> scale_, bias_, residual_;
  QuantizedLinearSpec spec_;
  QuantizedLinear layer_;
};

}  // namespace

TEST_CASE("quantized linear layers equal plain loops on every kernel set") {
  for (const KernelSet* set : tested_kernel_sets())
    for (const ActivationType input : {ActivationType::kFloat32, ActivationType::kInt8, ActivationType::kUint8})
      for (const OutputType output :
           {OutputType::kFloat32, OutputType::kFloat16, OutputType::kInt8, OutputType::kUint8})
        for (unsigned flags = 0; flags < 8 * std::size(kActivations); flags += full_or(1, 5)) {
          CAPTURE(set->name);
          CAPTURE(static_cast<int>(input));
          CAPTURE(static_cast<int>(output));
          CAPTURE(flags);
          Generator random(flags);
          const bool per_channel = (flags & 1) != 0, weight_zero = (flags & 2) != 0, biased = (flags & 4) != 0;
          const Layer layer(
              *set, {input, output, per_channel, weight_zero, biased, kActivations[flags / 8], flags % 3 == 0}, random);
          layer.check(float_values(random, kM * kK));
        }
}

TEST_CASE("rows quantized by several threads are those of one") {
  const size_t m = full_or(40, 16), n = 130, k = 8200;
  Generator random(4);
  const std::vector<int32_t> weights = int_values(random, n * k, -127, 127), zero = {3};
  const std::vector<int8_t> bytes(weights.begin(), weights.end());
  const std::vector<float> x = float_values(random, m * k);
  for (const KernelSet* set : tested_kernel_sets()) {
    CAPTURE(set->name);
    auto packed = std::make_shared<PackedInt8>();
    REQUIRE(pack_int8(*set, bytes.data(), {k, n, true}, packed.get()).ok());
    const float scale = 0.01f;
    QuantizedLinearSpec spec;
    spec.weights = packed;
    spec.weight_scale = &scale;
    spec.weight_scale_count = 1;
    spec.weight_zero = {zero.data(), 1};
    QuantizedLinear layer;
    REQUIRE(QuantizedLinear::create(*set, spec, &layer).ok());
    std::vector<float> alone(m * n), together(m * n);
    REQUIRE(layer.forward(*set, {ActivationType::kFloat32, x.data(), m, k}, {}, alone.data()).ok());
    ThreadPool::instance().set_threads(4);
    REQUIRE(layer.forward(*set, {ActivationType::kFloat32, x.data(), m, k}, {}, together.data()).ok());
    ThreadPool::instance().set_threads(1);
    check_same(together.data(), alone.data(), m * n);
  }
}

TEST_CASE("a layer refuses numbers that its epilogue could not carry") {
  const KernelSet& set = *available_kernel_sets().front();
  auto packed = std::make_shared<PackedInt8>();
  const std::vector<int8_t> bytes(6, 1);
  REQUIRE(pack_int8(set, bytes.data(), {3, 2, true}, packed.get()).ok());
  const float scale[] = {1, NAN}, bias[] = {1, INFINITY};
  const auto create = [&](auto change) {
    QuantizedLinearSpec spec;
    spec.weights = packed;
    spec.weight_scale = scale;
    spec.weight_scale_count = 1;
    change(spec);
    QuantizedLinear layer;
    return QuantizedLinear::create(set, spec, &layer).code;
  };
  CHECK(create([](QuantizedLinearSpec&) {}) == Code::kOk);
  CHECK(create([](QuantizedLinearSpec& s) { s.weight_scale_count = 2; }) == Code::kRange);
  CHECK(create([&](QuantizedLinearSpec& s) { s.bias = bias; }) == Code::kRange);
  CHECK(create([](QuantizedLinearSpec& s) { s.output_scale = 0; }) == Code::kRange);
  CHECK(create([](QuantizedLinearSpec& s) { s.output = OutputType::kUint8, s.output_zero_point = -1; }) ==
        Code::kRange);
  CHECK(create([](QuantizedLinearSpec& s) { s.activation = {ActivationKind::kClip, 1, 0}; }) == Code::kRange);
}
