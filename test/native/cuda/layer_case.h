// A random quantized layer and rows for it.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "dispatch/dispatch.h"
#include "float_weights.h"
#include "int4_weights.h"
#include "ops/quantized_linear.h"
#include "random_values.h"

namespace octavo_test {

enum class Form { kInt8, kInt4, kInt4WithZeros, kInt8Groups, kLut4, kFloat16, kBfloat16 };

struct LayerShape {
  size_t m, n, k, group;  // group: values that share a scale; 0: all of a row
};

/// Owns what its spec points to.
struct LayerCase {
  size_t m, n, k;
  bool residual = false, bytes = false;  // bytes: rows of the static input's type
  bool tiny = false;                     // rows of the smallest float32
  octavo::QuantizedLinearSpec spec;

  LayerCase(Generator& random, Form form, const LayerShape& shape)
      : m(shape.m), n(shape.n), k(shape.k), random_(&random), shape_(shape), form_(form) {
    spec.weights = weights();
    if (form == Form::kInt8) {
      *scale_ = float_values(random, n, 0.001f, 0.01f);
      spec.weight_scale = scale_->data();
      spec.weight_scale_count = n;
    }
    spec.output_scale = 0.05f;
    spec.output_zero_point = 3;
  }

  void set_bias(bool wanted) {
    *bias_ = float_values(*random_, n);
    spec.bias = wanted ? bias_->data() : nullptr;
  }
  void set_input_scale() {
    *input_scale_ = float_values(*random_, k, 0.5f, 2);
    spec.input_scale = input_scale_->data();
  }
  void set_static(bool is_signed) {
    spec.input = is_signed ? octavo::ActivationType::kInt8 : octavo::ActivationType::kUint8;
    spec.quantization = {false, is_signed, 0.03f, is_signed ? -7 : 129};
  }
  void set_weight_zeros(bool each) {
    *zero_ = int_values(*random_, each ? n : 1, -128, 127);
    spec.weight_zero = {zero_->data(), zero_->size()};
  }

  std::vector<float> floats(size_t count) const { return float_values(*random_, count); }
  std::vector<float> rows() const {
    if (tiny) return std::vector<float>(m * k, std::numeric_limits<float>::denorm_min());
    return float_values(*random_, bytes ? 0 : m * k);
  }
  std::vector<uint8_t> byte_rows() const {
    const std::vector<int32_t> values = int_values(*random_, bytes ? m * k : 0, 0, 255);
    return {values.begin(), values.end()};
  }
  std::string text() const {
    return "form " + std::to_string(static_cast<int>(form_)) + ", m " + std::to_string(m) + ", n " + std::to_string(n) +
           ", k " + std::to_string(k) + ", group " + std::to_string(shape_.group) + ", output " +
           std::to_string(static_cast<int>(spec.output)) + ", activation " +
           std::to_string(static_cast<int>(spec.activation.kind));
  }

 private:
  octavo::LayerWeights weights() const {
    if (form_ == Form::kInt8) return int8_weights();
    if (form_ == Form::kInt8Groups) return int8_groups();
    if (form_ == Form::kLut4) return lut4_weights();
    if (form_ == Form::kInt4 || form_ == Form::kInt4WithZeros) return int4_weights();
    return half_weights();
  }

  std::shared_ptr<const octavo::PackedInt8> int8_weights() const {
    const std::vector<int32_t> values = int_values(*random_, n * k, -128, 127);
    const std::vector<int8_t> weights(values.begin(), values.end());
    auto packed = std::make_shared<octavo::PackedInt8>();
    REQUIRE(octavo::pack_int8(octavo::active_kernel_set(), weights.data(), {k, n, true}, packed.get()).ok());
    return packed;
  }
  std::shared_ptr<const octavo::PackedInt4> int4_weights() const {
    const Int4Weights source(*random_, {n, k, shape_.group, Pattern::kRandom, form_ == Form::kInt4WithZeros});
    auto packed = std::make_shared<octavo::PackedInt4>();
    REQUIRE(octavo::pack_int4(source.source(), packed.get()).ok());
    return packed;
  }
  std::shared_ptr<const octavo::PackedInt8Groups> int8_groups() const {
    const std::vector<int32_t> values = int_values(*random_, n * k, -128, 127);
    const std::vector<int8_t> weights(values.begin(), values.end());
    const size_t group = shape_.group == 0 ? k : shape_.group, groups = k == 0 ? 0 : octavo::divide_up(k, group);
    const std::vector<float> scales = float_values(*random_, n * groups, -0.01f, 0.01f);
    auto packed = std::make_shared<octavo::PackedInt8Groups>();
    REQUIRE(octavo::pack_int8_groups({k, n, shape_.group, weights.data(), scales.data(), nullptr}, packed.get()).ok());
    return packed;
  }
  std::shared_ptr<const octavo::PackedLut4> lut4_weights() const {
    const Lut4Weights source(*random_, n, k, shape_.group == 0 ? 64 : shape_.group);
    auto packed = std::make_shared<octavo::PackedLut4>();
    REQUIRE(octavo::pack_lut4(source.source(), packed.get()).ok());
    return packed;
  }
  std::shared_ptr<const octavo::PackedF16> half_weights() const {
    const bool is_half = form_ == Form::kFloat16;
    std::vector<uint16_t> bits;
    for (const float value : float_values(*random_, n * k))
      bits.push_back(is_half ? octavo::to_float16(value) : static_cast<uint16_t>(octavo::bits_of(value) >> 16));
    auto packed = std::make_shared<octavo::PackedF16>();
    const auto type = is_half ? octavo::HalfType::kFloat16 : octavo::HalfType::kBfloat16;
    REQUIRE(octavo::pack_f16(bits.data(), type, {k, n, true}, packed.get()).ok());
    return packed;
  }

  Generator* random_;
  LayerShape shape_;
  Form form_;
  std::shared_ptr<std::vector<float>> scale_ = std::make_shared<std::vector<float>>(),
                                      bias_ = std::make_shared<std::vector<float>>(),
                                      input_scale_ = std::make_shared<std::vector<float>>();
  std::shared_ptr<std::vector<int32_t>> zero_ = std::make_shared<std::vector<int32_t>>();
};

}  // namespace octavo_test
