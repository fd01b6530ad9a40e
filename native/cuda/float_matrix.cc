#include "cuda/float_matrix.h"

#include <algorithm>
#include <cstring>

#include "core/aligned_buffer.h"
#include "core/sizes.h"
#include "cuda/device/gemm_float_operands.h"
#include "cuda/device/gemm_i8_operands.h"
#include "cuda/upload_array.h"

namespace octavo::cuda {
namespace {

using Tile = device::GemmFloatTile;
constexpr size_t kRowAlignment = 16, kMostBlocksDown = UINT16_MAX, kManyRows = 8;

size_t value_bytes(FloatType type) { return type == FloatType::kFloat32 ? 4 : 2; }

struct FloatKernel {
  const char* name;
  size_t rows, shared_bytes;
};

template <int kPerChunk>
FloatKernel kernel_for(size_t m, const char* one, const char* many) {
  if (m == 1) return {one, 1, sizeof(device::GemmFloatStage<1, kPerChunk>) * device::GemmFloatRing<1>::kStages};
  return {many, kManyRows,
          sizeof(device::GemmFloatStage<kManyRows, kPerChunk>) * device::GemmFloatRing<kManyRows>::kStages};
}

FloatKernel kernel_for(FloatType type, size_t m) {
  if (type == FloatType::kFloat32) return kernel_for<4>(m, "gemm_f32_1", "gemm_f32_8");
  if (type == FloatType::kFloat16) return kernel_for<8>(m, "gemm_f16_1", "gemm_f16_8");
  return kernel_for<8>(m, "gemm_bf16_1", "gemm_bf16_8");
}

bool lies_well(const DeviceRows<float>& x) {
  return x.stride % 4 == 0 && reinterpret_cast<uintptr_t>(x.data) % kRowAlignment == 0 && x.k % 4 == 0;
}

}  // namespace

Status FloatMatrix::upload(const std::shared_ptr<Device>& device, const PlainFloats& plain) {
  device_ = device;
  type_ = plain.type, k_ = plain.k, n_ = plain.n;
  const size_t row_bytes = multiply_sizes(k_, value_bytes(type_));
  stride_bytes_ = round_up(row_bytes, kRowAlignment);
  const size_t bytes = multiply_sizes(n_, stride_bytes_);
  if (row_bytes == stride_bytes_)
    return upload_array(device, static_cast<const uint8_t*>(plain.values), bytes, &values_);
  AlignedBuffer padded;
  if (!padded.allocate(bytes)) return Status::error(Code::kNative, "no memory to lay out weights for the GPU");
  if (bytes > 0) std::memset(padded.as<uint8_t>(), 0, bytes);
  for (size_t j = 0; j < n_; ++j)
    std::memcpy(padded.as<uint8_t>() + j * stride_bytes_, static_cast<const uint8_t*>(plain.values) + j * row_bytes,
                row_bytes);
  return upload_array(device, padded.as<uint8_t>(), bytes, &values_);
}

Status FloatMatrix::multiply(const DeviceRows<float>& given, const GemmI8Epilogue& epilogue, OutputType output,
                             void* c) const {
  if (given.m == 0 || n_ == 0) return {};
  DeviceRows<float> x = given;
  DeviceMemory aligned;
  if (!lies_well(x))
    if (Status status = align_rows(device_, given, &aligned, &x); !status.ok()) return status;
  const FloatKernel kernel = kernel_for(type_, x.m);
  device::GemmFloatOperands operands{x.data, values_.as<uint8_t>(), x.m, n_, k_, x.stride, stride_bytes_};
  device::GemmI8Result result{epilogue, output, c, n_};
  KernelLaunch launch{kernel.name};
  launch.grid_x = static_cast<unsigned>(divide_up(n_, Tile::kColumns));
  launch.grid_y = static_cast<unsigned>(std::min(divide_up(x.m, kernel.rows), kMostBlocksDown));
  launch.threads = Tile::kThreads;
  launch.shared_bytes = kernel.shared_bytes;
  void* parameters[] = {&operands, &result};
  return device_->launch(launch, parameters);
}

}  // namespace octavo::cuda
