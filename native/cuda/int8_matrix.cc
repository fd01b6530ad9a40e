#include "cuda/int8_matrix.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/aligned_buffer.h"
#include "core/sizes.h"
#include "cuda/device/stage_rows_operands.h"
#include "cuda/gemm_i8.h"
#include "cuda/upload_array.h"

namespace octavo::cuda {
namespace {

constexpr size_t kRowAlignment = 16, kThreads = 256;

/// Rows with zeros up to `stride`; the values themselves where there is nothing to add.
Status pad_rows(const PlainInt8& plain, size_t stride, AlignedBuffer* padded, const int8_t** values) {
  *values = plain.values;
  if (plain.k == stride) return {};
  const size_t bytes = multiply_sizes(plain.n, stride);
  if (!padded->allocate(bytes)) return Status::error(Code::kNative, "no memory to lay out weights for the GPU");
  if (bytes > 0) std::memset(padded->as<int8_t>(), 0, bytes);
  for (size_t j = 0; plain.k > 0 && j < plain.n; ++j)
    std::memcpy(padded->as<int8_t>() + j * stride, plain.values + j * plain.k, plain.k);
  *values = padded->as<int8_t>();
  return {};
}

}  // namespace

Status Int8Matrix::upload(const std::shared_ptr<Device>& device, const PlainInt8& plain) {
  device_ = device;
  k_ = plain.k, n_ = plain.n, stride_ = round_up(plain.k, kRowAlignment);
  AlignedBuffer padded;
  const int8_t* values = nullptr;
  if (Status status = pad_rows(plain, stride_, &padded, &values); !status.ok()) return status;
  if (Status status = upload_array(device, values, multiply_sizes(n_, stride_), &values_); !status.ok()) return status;
  return upload_array(device, plain.sums, n_, &sums_);
}

Status Int8Matrix::multiply(const StagedRows& a, size_t m, const GemmI8Epilogue& epilogue, OutputType output,
                            void* c) const {
  return gemm_i8(*device_, {a.data, values_.as<int8_t>(), m, n_, k_, a.stride, stride_}, a.is_signed,
                 {epilogue, output, c, n_});
}

Status Int8Matrix::fill_column_terms(ColumnTerms t) const {
  if (n_ == 0) return {};
  KernelLaunch launch{"fill_column_terms"};
  launch.grid_x = static_cast<unsigned>(divide_up(n_, kThreads));
  launch.threads = kThreads;
  device::ColumnTerms terms{sums_.as<int32_t>(), t.zeros, t.zero_step, n_, k_, t.a_zero, t.terms, t.factors};
  void* parameters[] = {&terms};
  return device_->launch(launch, parameters);
}

namespace {

/// What zero points add to the sums of one product, on the device.
struct ZeroTerms {
  DeviceMemory a_factors, b_zeros, columns;  // columns: terms [n], then factors [n]
};

Status fill_rows(const Int8Matrix& weights, PlainZeroPoints a_zero, ZeroTerms* terms, GemmI8Epilogue* epilogue) {
  if (a_zero.count <= 1) return {};
  std::vector<int32_t> factors(a_zero.values, a_zero.values + a_zero.count);
  for (int32_t& factor : factors) factor = -factor;
  if (Status status = upload_array(weights.device(), factors.data(), factors.size(), &terms->a_factors); !status.ok())
    return status;
  epilogue->row_factor = terms->a_factors.as<int32_t>();
  return {};
}

Status fill_columns(const Int8Matrix& weights, PlainZeroPoints a_zero, PlainZeroPoints b_zero, ZeroTerms* terms,
                    GemmI8Epilogue* epilogue) {
  const bool by_row = a_zero.count > 1;
  // Zero points of rows meet the columns' sums, which are their terms for a zero point of -1.
  const int32_t zero = by_row ? -1 : a_zero.count == 1 ? a_zero.values[0] : 0;
  if (zero == 0 && b_zero.count == 0) return {};
  const size_t n = weights.n();
  const int32_t* zeros = b_zero.count == 0 ? nullptr : b_zero.values;
  if (Status status = upload_array(weights.device(), zeros, b_zero.count, &terms->b_zeros); !status.ok()) return status;
  if (Status status = terms->columns.allocate(weights.device(), multiply_sizes(n, 2 * sizeof(int32_t))); !status.ok())
    return status;
  auto* const columns = terms->columns.as<int32_t>();
  (by_row ? epilogue->column_sum : epilogue->column_term) = columns;
  if (zeros != nullptr) epilogue->column_factor = columns + n;
  return weights.fill_column_terms(
      {terms->b_zeros.as<int32_t>(), b_zero.count == 1 ? size_t{0} : size_t{1}, zero, columns, columns + n});
}

}  // namespace

Status matmul_i8(const Int8Matrix& weights, const DeviceRows<uint8_t>& a, bool a_signed, PlainZeroPoints a_zero,
                 PlainZeroPoints b_zero, int32_t* c) {
  if (a.m == 0 || weights.n() == 0) return {};
  ZeroTerms terms;
  GemmI8Epilogue epilogue;
  if (Status status = fill_rows(weights, a_zero, &terms, &epilogue); !status.ok()) return status;
  if (Status status = fill_columns(weights, a_zero, b_zero, &terms, &epilogue); !status.ok()) return status;
  StagedRows staged;
  if (Status status = stage_bytes(weights.device(), a, a_signed, b_zero.count > 0, &staged); !status.ok())
    return status;
  epilogue.row_sum = staged.sums;
  return weights.multiply(staged, a.m, epilogue, OutputType::kInt32, c);
}

}  // namespace octavo::cuda
