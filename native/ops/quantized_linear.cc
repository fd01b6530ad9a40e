#include "ops/quantized_linear.h"

#include <algorithm>
#include <cmath>

#include "core/sizes.h"

namespace octavo {
namespace {

bool valid_scale(float scale) { return scale > 0 && std::isfinite(scale); }

/// The range check sees the bytes that meet the weights: dynamic rows are -127 .. 127 around 128.
Status check_bound(const QuantizedLinearSpec& spec) {
  static constexpr int32_t kDynamicZero = 128;
  if (spec.input == ActivationType::kFloat32)
    return check_gemm_i8_range(ActivationType::kUint8, spec.weights->k, {&kDynamicZero, 1}, spec.weight_zero);
  return check_gemm_i8_range(spec.input, spec.weights->k, {&spec.quantization.zero_point, 1}, spec.weight_zero);
}

Status check_numbers(const QuantizedLinearSpec& spec) {
  for (size_t j = 0; j < spec.weight_scale_count; ++j)
    if (!valid_scale(spec.weight_scale[j]))
      return Status::error(Code::kRange, "weight scale[" + std::to_string(j) + "] must be finite and greater than 0");
  for (size_t j = 0; spec.bias != nullptr && j < spec.weights->n; ++j)
    if (!std::isfinite(spec.bias[j]))
      return Status::error(Code::kRange, "bias[" + std::to_string(j) + "] must be finite");
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
void bound_units(size_t k, size_t n, GemmI8Epilogue* e) {
  float scale = 0, bias = 0;
  for (size_t j = 0; j < n; ++j) {
    scale = std::max(scale, e->column_scale[j]);
    if (e->bias != nullptr) bias = std::max(bias, std::fabs(e->bias[j]));
  }
  e->most_units = static_cast<float>(k) * (255.0f * 255.0f) * scale * e->inverse_scale;
  e->most_bias_units = bias * e->inverse_scale;
}

}  // namespace

Status QuantizedLinear::create(const KernelSet& set, const QuantizedLinearSpec& spec, QuantizedLinear* layer) {
  if (Status s = check_bound(spec); !s.ok()) return s;
  if (Status s = check_numbers(spec); !s.ok()) return s;
  layer->spec_ = spec;
  if (Status s = layer->fill_columns(set, spec); !s.ok()) return s;
  GemmI8Epilogue& e = layer->epilogue_;
  e.activation = spec.activation;
  if (spec.output == OutputType::kInt8 || spec.output == OutputType::kUint8) {
    const int32_t low = spec.output == OutputType::kInt8 ? -128 : 0;
    if (spec.output_zero_point < low || spec.output_zero_point > low + 255)
      return Status::error(Code::kRange, "output zero point does not fit the output type");
    e.inverse_scale = 1.0f / spec.output_scale;
    e.zero_point = spec.output_zero_point;
    e.low = static_cast<float>(low - spec.output_zero_point);
    e.high = static_cast<float>(low + 255 - spec.output_zero_point);
    fold_clip(&e);
    bound_units(spec.weights->k, spec.weights->n, &e);
  }
  return {};
}

Status QuantizedLinear::fill_columns(const KernelSet& set, const QuantizedLinearSpec& spec) {
  const PackedInt8& weights = *spec_.weights;
  const size_t n = weights.n;
  if (!columns_.allocate(multiply_sizes(n, 24))) return Status::error(Code::kNative, "no memory for a layer's columns");
  float* scale = columns_.as<float>();
  float* bias = scale + n;
  auto* term = reinterpret_cast<int32_t*>(bias + n);
  int32_t* few_rows_term = term + n;
  int32_t* factor = few_rows_term + n;
  int32_t* weight_zero = factor + n;
  for (size_t j = 0; j < n; ++j) {
    scale[j] = spec.weight_scale[spec.weight_scale_count == 1 ? 0 : j];
    bias[j] = spec.bias == nullptr ? 0 : spec.bias[j];
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
  epilogue_.bias = spec.bias == nullptr ? nullptr : bias;
  epilogue_.column_term = fill_terms(set, term);
  few_rows_term_ = fill_terms(kernel_set_for_rows(set, 1), few_rows_term);
  epilogue_.column_factor = spec.weight_zero.count == 0 ? nullptr : factor;
  spec_.weight_scale = scale;
  spec_.weight_scale_count = std::min(spec.weight_scale_count, n);
  spec_.weight_zero = {weight_zero, std::min(spec.weight_zero.count, n)};
  spec_.bias = epilogue_.bias;
  return {};
}

bool QuantizedLinear::accepts(ActivationType type) const {
  return type == ActivationType::kFloat32 || type == spec_.input;
}

Status QuantizedLinear::forward(const KernelSet& given, const LayerRows& x, const Residual& residual, void* y) const {
  const KernelSet& set = kernel_set_for_rows(given, x.m);
  GemmI8Epilogue epilogue = epilogue_;
  if (&set != &given) epilogue.column_term = few_rows_term_;
  // A dynamic layer's row scales come from the driver, row by row.
  epilogue.row_scale = &spec_.quantization.scale;
  epilogue.row_scale_step = 0;
  epilogue.residual = residual.data;
  epilogue.residual_stride = residual.row_stride;
  return run_gemm_i8(set, {x.type, x.data, x.m, x.row_stride, spec_.quantization}, *spec_.weights, epilogue,
                     {spec_.output, y});
}

}  // namespace octavo
