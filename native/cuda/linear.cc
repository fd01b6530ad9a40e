#include "cuda/linear.h"

#include <vector>

#include "core/sizes.h"
#include "cuda/upload_array.h"

namespace octavo::cuda {

Status Linear::upload(const std::shared_ptr<Device>& device, const LinearSpec& spec) {
  device_ = device;
  input_ = spec.input, dynamic_ = spec.dynamic, output_ = spec.output;
  if (Status s = std::visit([&](const auto& plain) { return upload_weights(plain); }, spec.weights); !s.ok()) return s;
  return upload_columns(spec);
}

Status Linear::upload_weights(const PlainInt8& plain) {
  k_ = plain.k, n_ = plain.n;
  return weights_.emplace<std::unique_ptr<Int8Matrix>>(std::make_unique<Int8Matrix>())->upload(device_, plain);
}

Status Linear::upload_weights(const PlainInt4& plain) {
  k_ = plain.k, n_ = plain.n;
  return weights_.emplace<std::unique_ptr<Int4Matrix>>(std::make_unique<Int4Matrix>())->upload(device_, plain);
}

Status Linear::upload_weights(const PlainInt8Groups& plain) {
  k_ = plain.low.k, n_ = plain.low.n;
  Int8Planes& planes = *weights_.emplace<std::unique_ptr<Int8Planes>>(std::make_unique<Int8Planes>());
  if (Status s = planes.high.upload(device_, plain.high); !s.ok()) return s;
  return planes.low.upload(device_, plain.low);
}

Status Linear::upload_weights(const PlainLut4& plain) {
  k_ = plain.k, n_ = plain.n;
  return weights_.emplace<std::unique_ptr<Lut4Matrix>>(std::make_unique<Lut4Matrix>())->upload(device_, plain);
}

Status Linear::upload_weights(const PlainFloats& plain) {
  k_ = plain.k, n_ = plain.n;
  return weights_.emplace<std::unique_ptr<FloatMatrix>>(std::make_unique<FloatMatrix>())->upload(device_, plain);
}

Status Linear::upload_columns(const LinearSpec& spec) {
  const GemmI8Epilogue& from = spec.epilogue;
  epilogue_ = from;
  epilogue_.column_term = epilogue_.column_factor = epilogue_.row_factor = epilogue_.column_sum = nullptr;
  if (Status s = upload_array(device_, from.column_scale, n_, &column_scale_); !s.ok()) return s;
  if (Status s = upload_array(device_, from.bias, n_, &bias_); !s.ok()) return s;
  if (Status s = upload_array(device_, spec.input_scale, k_, &input_scale_); !s.ok()) return s;
  epilogue_.column_scale = column_scale_.as<float>();
  epilogue_.bias = bias_.as<float>();
  epilogue_.row_scale = nullptr;
  if (!std::holds_alternative<std::unique_ptr<Int8Matrix>>(weights_)) return {};
  if (!dynamic_) {
    if (Status s = upload_array(device_, &input_.scale, 1, &static_scale_); !s.ok()) return s;
    epilogue_.row_scale = static_scale_.as<float>();
    epilogue_.row_scale_step = 0;
  }
  return fill_zero_terms(from.column_factor);
}

/// Dynamic rows have no zero point here.
Status Linear::fill_zero_terms(const int32_t* factors) {
  const int32_t a_zero = dynamic_ ? 0 : input_.zero_point;
  if (a_zero == 0 && factors == nullptr) return {};
  if (Status s = column_terms_.allocate(device_, multiply_sizes(n_, 2 * sizeof(int32_t))); !s.ok()) return s;
  auto* const terms = column_terms_.as<int32_t>();
  DeviceMemory zeros;
  if (factors != nullptr) {
    std::vector<int32_t> plain(factors, factors + n_);
    for (int32_t& zero : plain) zero = -zero;
    if (Status s = upload_array(device_, plain.data(), n_, &zeros); !s.ok()) return s;
    epilogue_.column_factor = terms + n_;
  }
  if (a_zero != 0) epilogue_.column_term = terms;
  return std::get<std::unique_ptr<Int8Matrix>>(weights_)->fill_column_terms(
      {zeros.as<int32_t>(), 1, a_zero, terms, terms + n_});
}

size_t Linear::size_bytes() const {
  size_t weights = 0;
  std::visit(
      [&](const auto& matrix) {
        if constexpr (requires { matrix->size_bytes(); }) weights = matrix->size_bytes();
      },
      weights_);
  return weights + column_scale_.size_bytes() + bias_.size_bytes() + column_terms_.size_bytes() +
         input_scale_.size_bytes() + static_scale_.size_bytes();
}

Status Linear::stage(const LinearRows& x, bool with_sums, StagedRows* staged) const {
  if (const auto* bytes = std::get_if<DeviceRows<uint8_t>>(&x))
    return stage_bytes(device_, *bytes, input_signed(), with_sums, staged);
  const auto& floats = std::get<DeviceRows<float>>(x);
  return dynamic_ ? stage_dynamic(device_, floats, with_sums, staged)
                  : stage_static(device_, floats, input_, with_sums, staged);
}

namespace {

size_t rows_of(const LinearRows& x) {
  return std::visit([](const auto& rows) { return rows.m; }, x);
}

/// The epilogue of rows that were quantized one by one.
GemmI8Epilogue with_row_scales(GemmI8Epilogue epilogue, const StagedRows& staged) {
  epilogue.row_scale = staged.scales;
  epilogue.row_scale_step = 1;
  return epilogue;
}

}  // namespace

Status Linear::run(const Int8Matrix& weights, const Call& call) const {
  StagedRows staged;
  if (Status s = stage(call.x, epilogue_.column_factor != nullptr, &staged); !s.ok()) return s;
  GemmI8Epilogue epilogue = dynamic_ ? with_row_scales(call.epilogue, staged) : call.epilogue;
  epilogue.row_sum = staged.sums;
  return weights.multiply(staged, rows_of(call.x), epilogue, output_, call.y);
}

Status Linear::run(const Int4Matrix& weights, const Call& call) const {
  StagedRows staged;
  if (Status s = stage(call.x, false, &staged); !s.ok()) return s;
  return weights.multiply(staged, rows_of(call.x), with_row_scales(call.epilogue, staged), output_, call.y);
}

/// As ops/gemm_i8_groups.h: the upper plane's product, with the residual, is the residual of the lower plane's.
Status Linear::run(const Int8Planes& weights, const Call& call) const {
  const size_t m = rows_of(call.x);
  StagedRows staged;
  if (Status s = stage(call.x, false, &staged); !s.ok()) return s;
  DeviceMemory high;
  if (Status s = high.allocate(device_, multiply_sizes(multiply_sizes(m, n_), sizeof(float))); !s.ok()) return s;
  GemmI8Epilogue first = with_row_scales({}, staged), second = with_row_scales(call.epilogue, staged);
  first.residual = call.epilogue.residual;
  first.residual_stride = call.epilogue.residual_stride;
  if (Status s = weights.high.multiply(staged, m, first, OutputType::kFloat32, high.as<float>()); !s.ok()) return s;
  second.residual = high.as<float>();
  second.residual_stride = n_;
  return weights.low.multiply(staged, m, second, output_, call.y);
}

Status Linear::run(const Lut4Matrix& weights, const Call& call) const {
  return weights.multiply(std::get<DeviceRows<float>>(call.x), call.epilogue, output_, call.y);
}

Status Linear::run(const FloatMatrix& weights, const Call& call) const {
  return weights.multiply(std::get<DeviceRows<float>>(call.x), call.epilogue, output_, call.y);
}

Status Linear::forward(const LinearRows& x, const float* residual, void* y) const {
  const size_t m = rows_of(x);
  if (m == 0 || n_ == 0) return {};
  Call call{x, epilogue_, y};
  call.epilogue.residual = residual;
  call.epilogue.residual_stride = n_;
  DeviceMemory divided;
  if (input_scale_.size_bytes() > 0) {
    if (Status s = divided.allocate(device_, multiply_sizes(multiply_sizes(m, k_), sizeof(float))); !s.ok()) return s;
    const auto& floats = std::get<DeviceRows<float>>(x);
    if (Status s = divide_columns(*device_, floats, input_scale_.as<float>(), divided.as<float>()); !s.ok()) return s;
    call.x = DeviceRows<float>{divided.as<float>(), m, k_, k_};
  }
  return std::visit(
      [&](const auto& matrix) -> Status {
        if constexpr (requires { run(*matrix, call); })
          return run(*matrix, call);
        else
          return Status::error(Code::kDisposed, "the layer has no weights");
      },
      weights_);
}

}  // namespace octavo::cuda
