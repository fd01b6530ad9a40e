#include "ops/quantized_linear.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/sizes.h"
#include "ops/divide_columns.h"
#include "ops/gemm_f16.h"
#include "ops/gemm_i4.h"
#include "ops/gemm_i8_groups.h"
#include "ops/gemm_lut4.h"
#include "ops/scratch.h"

namespace octavo {
namespace {

bool is_byte(OutputType type) { return type == OutputType::kInt8 || type == OutputType::kUint8; }

bool valid_scale(float scale) { return scale > 0 && std::isfinite(scale); }

/// The range check sees the bytes that meet the weights: dynamic rows are -127 .. 127 around 128.
Status check_bound(const QuantizedLinearSpec& spec) {
  static constexpr int32_t kDynamicZero = 128;
  if (weights_as<PackedInt8>(spec.weights) == nullptr) return {};
  const size_t k = shape_of(spec.weights).k;
  if (spec.input == ActivationType::kFloat32)
    return check_gemm_i8_range(ActivationType::kUint8, k, {&kDynamicZero, 1}, spec.weight_zero);
  return check_gemm_i8_range(spec.input, k, {&spec.quantization.zero_point, 1}, spec.weight_zero);
}

/// What not every form of weights can have.
Status check_form(const QuantizedLinearSpec& spec) {
  if (spec.input != ActivationType::kFloat32 && spec.input_scale != nullptr)
    return Status::error(Code::kUnsupported, "static activations cannot be divided by an input scale");
  if (weights_as<PackedInt8>(spec.weights) != nullptr) return {};
  if (spec.input != ActivationType::kFloat32)
    return Status::error(Code::kUnsupported,
                         "static activations need int8 weights whose scales are per tensor or per output");
  if (spec.output == OutputType::kInt32)
    return Status::error(Code::kUnsupported,
                         "an int32 output needs int8 weights whose scales are per tensor or per output");
  if (is_byte(spec.output) && multiplies_floats(spec.weights))
    return Status::error(Code::kUnsupported, "8-bit outputs need integer weights, which meet quantized rows");
  return {};
}

Status check_columns(const char* name, const float* values, size_t count, bool (*valid)(float), const char* expected) {
  for (size_t j = 0; values != nullptr && j < count; ++j)
    if (!valid(values[j]))
      return Status::error(Code::kRange, std::string(name) + "[" + std::to_string(j) + "] must be " + expected);
  return {};
}

Status check_numbers(const QuantizedLinearSpec& spec) {
  static constexpr auto kFinite = [](float value) { return std::isfinite(value); };
  const auto [k, n] = shape_of(spec.weights);
  const auto check_scales = [](const char* name, const float* values, size_t count) {
    return check_columns(name, values, count, valid_scale, "finite and greater than 0");
  };
  if (Status s = check_scales("weight scale", spec.weight_scale, spec.weight_scale_count); !s.ok()) return s;
  if (Status s = check_scales("input scale", spec.input_scale, k); !s.ok()) return s;
  if (Status s = check_columns("bias", spec.bias, n, kFinite, "finite"); !s.ok()) return s;
  if (!valid_scale(spec.output_scale) || !valid_scale(spec.quantization.scale))
    return Status::error(Code::kRange, "scales must be finite and greater than 0");
  const Activation& activation = spec.activation;
  if (activation.kind == ActivationKind::kClip && !(activation.low <= activation.high))
    return Status::error(Code::kRange, "clip must be [low, high] with low <= high");
  return {};
}

/// A clip before an 8-bit output becomes part of the output's own: scaling by a positive number keeps the order, so
/// that clamp(clamp(f, a, b) * s, low, high) = clamp(f * s, clamp(a * s, low, high), clamp(b * s, low, high)), rounding
/// included.
void fold_clip(GemmI8Epilogue* e) {
  if (e->activation.kind != ActivationKind::kClip || !std::isfinite(e->inverse_scale)) return;
  const float low = e->low, high = e->high;
  e->low = std::clamp(e->activation.low * e->inverse_scale, low, high);
  e->high = std::clamp(e->activation.high * e->inverse_scale, low, high);
  e->activation = {};
}

/// Bounds of a layer's values in units of its 8-bit output; see GemmI8Epilogue. No product of bytes and zero points is
/// larger than 255 * 255.
void bound_units(const WeightShape& shape, GemmI8Epilogue* e) {
  if (e->column_scale == nullptr) return;  // scales lie among the weights: no bound
  float scale = 0, bias = 0;
  for (size_t j = 0; j < shape.n; ++j) {
    scale = std::max(scale, e->column_scale[j]);
    if (e->bias != nullptr) bias = std::max(bias, std::fabs(e->bias[j]));
  }
  e->most_units = static_cast<float>(shape.k) * (255.0f * 255.0f) * scale * e->inverse_scale;
  e->most_bias_units = bias * e->inverse_scale;
}

Status fill_output(const QuantizedLinearSpec& spec, GemmI8Epilogue* e) {
  if (!is_byte(spec.output)) return {};
  const int32_t low = spec.output == OutputType::kInt8 ? -128 : 0;
  if (spec.output_zero_point < low || spec.output_zero_point > low + 255)
    return Status::error(Code::kRange, "output zero point does not fit the output type");
  e->inverse_scale = 1.0f / spec.output_scale;
  e->zero_point = spec.output_zero_point;
  e->low = static_cast<float>(low - spec.output_zero_point);
  e->high = static_cast<float>(low + 255 - spec.output_zero_point);
  fold_clip(e);
  bound_units(shape_of(spec.weights), e);
  return {};
}

}  // namespace

/// What one call gives to the product of its form of weights.
struct QuantizedLinear::Product {
  const KernelSet& set;
  LayerRows x;
  Residual residual;
  void* y;
};

Status QuantizedLinear::create(const KernelSet& set, const QuantizedLinearSpec& spec, QuantizedLinear* layer) {
  if (Status s = check_form(spec); !s.ok()) return s;
  if (Status s = check_bound(spec); !s.ok()) return s;
  if (Status s = check_numbers(spec); !s.ok()) return s;
  layer->spec_ = spec;
  layer->shape_ = shape_of(spec.weights);
  if (Status s = layer->fill_columns(set, spec); !s.ok()) return s;
  if (Status s = layer->fill_inputs(spec); !s.ok()) return s;
  layer->epilogue_.activation = spec.activation;
  return fill_output(spec, &layer->epilogue_);
}

Status QuantizedLinear::fill_columns(const KernelSet& set, const QuantizedLinearSpec& spec) {
  const PackedInt8* int8 = weights_as<PackedInt8>(spec.weights);
  const size_t each = int8 != nullptr ? 24 : spec.bias != nullptr ? 4 : 0;
  if (!columns_.allocate(multiply_sizes(shape_.n, each)))
    return Status::error(Code::kNative, "no memory for a layer's columns");
  if (spec.bias != nullptr && shape_.n > 0) std::memcpy(columns_.as<float>(), spec.bias, shape_.n * sizeof(float));
  epilogue_.bias = spec.bias == nullptr ? nullptr : columns_.as<float>();
  spec_.bias = epilogue_.bias;
  return int8 == nullptr ? Status() : fill_column_scales(set, *int8, spec);
}

Status QuantizedLinear::fill_column_scales(const KernelSet& set, const PackedInt8& weights,
                                           const QuantizedLinearSpec& spec) {
  const size_t n = weights.n;
  float* scale = columns_.as<float>() + n;
  auto* term = reinterpret_cast<int32_t*>(scale + n);
  int32_t* few_rows_term = term + n;
  int32_t* factor = few_rows_term + n;
  int32_t* weight_zero = factor + n;
  for (size_t j = 0; j < n; ++j) {
    scale[j] = spec.weight_scale[spec.weight_scale_count == 1 ? 0 : j];
    weight_zero[j] = spec.weight_zero.count == 0 ? 0 : spec.weight_zero.values[spec.weight_zero.count == 1 ? 0 : j];
    factor[j] = -weight_zero[j];
  }
  const bool dynamic = spec.input == ActivationType::kFloat32;
  const auto fill_terms = [&](const KernelSet& runs, int32_t* terms) -> const int32_t* {
    const int32_t zero = staged_zero_point(runs, dynamic ? ActivationType::kUint8 : spec.input,
                                           dynamic ? 128 : spec.quantization.zero_point);
    fill_column_terms(runs, weights, zero, spec.weight_zero, terms);
    return zero == 0 ? nullptr : terms;
  };
  epilogue_.column_scale = scale;
  epilogue_.column_term = fill_terms(set, term);
  few_rows_term_ = fill_terms(kernel_set_for_rows(set, 1), few_rows_term);
  epilogue_.column_factor = spec.weight_zero.count == 0 ? nullptr : factor;
  spec_.weight_scale = scale;
  spec_.weight_scale_count = std::min(spec.weight_scale_count, n);
  spec_.weight_zero = {weight_zero, std::min(spec.weight_zero.count, n)};
  return {};
}

Status QuantizedLinear::fill_inputs(const QuantizedLinearSpec& spec) {
  if (spec.input_scale == nullptr) return {};
  const size_t bytes = multiply_sizes(shape_.k, sizeof(float));
  if (!inputs_.allocate(bytes)) return Status::error(Code::kNative, "no memory for a layer's input scale");
  if (bytes > 0) std::memcpy(inputs_.as<float>(), spec.input_scale, bytes);
  spec_.input_scale = inputs_.as<float>();
  return {};
}

bool QuantizedLinear::accepts(ActivationType type) const {
  return type == ActivationType::kFloat32 || type == spec_.input;
}

GemmI8Epilogue QuantizedLinear::epilogue_for(const Residual& residual) const {
  GemmI8Epilogue epilogue = epilogue_;
  epilogue.residual = residual.data;
  epilogue.residual_stride = residual.row_stride;
  return epilogue;
}

Status QuantizedLinear::run(const PackedInt8& weights, const Product& product) const {
  const auto& [given, x, residual, y] = product;
  const KernelSet& set = kernel_set_for_rows(given, x.m);
  GemmI8Epilogue epilogue = epilogue_for(residual);
  if (&set != &given) epilogue.column_term = few_rows_term_;
  // A dynamic layer's row scales come from the driver, row by row.
  epilogue.row_scale = &spec_.quantization.scale;
  epilogue.row_scale_step = 0;
  return run_gemm_i8(set, {x.type, x.data, x.m, x.row_stride, spec_.quantization}, weights, epilogue,
                     {spec_.output, y});
}

Status QuantizedLinear::run(const PackedInt4& weights, const Product& product) const {
  const auto& [set, x, residual, y] = product;
  return run_gemm_i4(set, {x.type, x.data, x.m, x.row_stride, {}}, weights, epilogue_for(residual), {spec_.output, y});
}

Status QuantizedLinear::run(const PackedInt8Groups& weights, const Product& product) const {
  const auto& [set, x, residual, y] = product;
  return run_gemm_i8_groups(set, {x.type, x.data, x.m, x.row_stride, {}}, weights, epilogue_for(residual),
                            {spec_.output, y});
}

Status QuantizedLinear::run(const PackedLut4& weights, const Product& product) const {
  const auto& [set, x, residual, y] = product;
  return run_gemm_lut4(set, {static_cast<const float*>(x.data), x.m, x.row_stride}, weights,
                       {spec_.bias, residual.data, residual.row_stride, spec_.activation}, {spec_.output, y});
}

Status QuantizedLinear::run(const PackedF16& weights, const Product& product) const {
  const auto& [set, x, residual, y] = product;
  return run_gemm_f16(set, {static_cast<const float*>(x.data), x.m, x.row_stride}, weights,
                      {spec_.bias, residual.data, residual.row_stride, spec_.activation}, {spec_.output, y});
}

Status QuantizedLinear::forward(const KernelSet& set, const LayerRows& x, const Residual& residual, void* y) const {
  Product product = {set, x, residual, y};
  if (spec_.input_scale != nullptr && x.m > 0 && shape_.k > 0) {
    const size_t bytes = multiply_sizes(multiply_sizes(x.m, shape_.k), sizeof(float));
    auto* divided = static_cast<float*>(scratch(ScratchSlot::kDividedRows, bytes));
    if (divided == nullptr) return Status::error(Code::kNative, "no memory for rows of k " + std::to_string(shape_.k));
    divide_columns({static_cast<const float*>(x.data), x.m, x.row_stride}, shape_.k, spec_.input_scale, divided);
    product.x = {x.type, divided, x.m, shape_.k};
  }
  return std::visit([&](const auto& weights) { return run(*weights, product); }, spec_.weights);
}

}  // namespace octavo
