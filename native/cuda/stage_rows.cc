#include "cuda/stage_rows.h"

#include <algorithm>
#include <climits>

#include "core/sizes.h"
#include "cuda/device/stage_rows_operands.h"
#include "cuda/quantize.h"

namespace octavo::cuda {
namespace {

// As the kernels of cuda/kernels/stage_rows.cu are built.
constexpr size_t kRowAlignment = 16, kColumnThreads = 256, kMostBlocks = INT_MAX, kMostBlocksDown = UINT16_MAX;
constexpr size_t kSharedBytes = device::StageTile::kThreads / 32 * sizeof(uint32_t);

/// Memory for m rows of k bytes, and a scale and a sum for each of them.
Status allocate(const std::shared_ptr<Device>& device, size_t m, size_t k, StagedRows* staged) {
  staged->stride = std::max(kRowAlignment, round_up(k, kRowAlignment));
  const size_t rows = multiply_sizes(m, staged->stride);
  const size_t bytes = add_sizes(rows, multiply_sizes(m, sizeof(float) + sizeof(int32_t)));
  if (Status status = staged->memory.allocate(device, bytes); !status.ok()) return status;
  staged->data = staged->memory.as<uint8_t>();
  return {};
}

float* scales_of(const StagedRows& staged, size_t m) {
  return reinterpret_cast<float*>(staged.memory.as<uint8_t>() + m * staged.stride);
}

int32_t* sums_of(const StagedRows& staged, size_t m) { return reinterpret_cast<int32_t*>(scales_of(staged, m) + m); }

device::StagedBytes target_of(size_t m, bool with_sums, StagedRows* staged) {
  if (with_sums) staged->sums = sums_of(*staged, m);
  return {staged->memory.as<uint8_t>(), staged->stride, with_sums ? sums_of(*staged, m) : nullptr, staged->is_signed};
}

KernelLaunch launch_of(const char* kernel, size_t m) {
  KernelLaunch launch{kernel};
  launch.grid_x = static_cast<unsigned>(std::min(m, kMostBlocks));
  launch.threads = device::StageTile::kThreads;
  launch.shared_bytes = kSharedBytes;
  return launch;
}

/// A thread for each column, blocks of them for rows.
KernelLaunch column_launch(const char* kernel, size_t columns, size_t m) {
  KernelLaunch launch{kernel};
  launch.grid_x = static_cast<unsigned>(divide_up(columns, kColumnThreads));
  launch.grid_y = static_cast<unsigned>(std::min(m, kMostBlocksDown));
  launch.threads = kColumnThreads;
  return launch;
}

bool lies_well(const DeviceRows<uint8_t>& x) {
  return x.k > 0 && x.k % kRowAlignment == 0 && x.stride % kRowAlignment == 0 &&
         reinterpret_cast<uintptr_t>(x.data) % kRowAlignment == 0;
}

}  // namespace

Status stage_dynamic(const std::shared_ptr<Device>& device, const DeviceRows<float>& x, bool with_sums,
                     StagedRows* staged) {
  if (Status status = allocate(device, x.m, x.k, staged); !status.ok()) return status;
  staged->is_signed = true;
  staged->scales = scales_of(*staged, x.m);
  if (with_sums) staged->sums = sums_of(*staged, x.m);
  return quantize_rows(*device, {x.data, x.stride, x.m, x.k},
                       {staged->memory.as<int8_t>(), staged->stride, scales_of(*staged, x.m),
                        with_sums ? sums_of(*staged, x.m) : nullptr});
}

Status stage_static(const std::shared_ptr<Device>& device, const DeviceRows<float>& x, const UniformParams& params,
                    bool with_sums, StagedRows* staged) {
  if (Status status = allocate(device, x.m, x.k, staged); !status.ok()) return status;
  staged->is_signed = params.range.low < 0;
  device::RowsOf<float> rows{x.data, x.m, x.stride, x.k};
  UniformParams uniform = params;
  device::StagedBytes to = target_of(x.m, with_sums, staged);
  void* parameters[] = {&rows, &uniform, &to};
  return device->launch(launch_of("stage_static", x.m), parameters);
}

Status stage_bytes(const std::shared_ptr<Device>& device, const DeviceRows<uint8_t>& x, bool is_signed, bool with_sums,
                   StagedRows* staged) {
  staged->is_signed = is_signed;
  if (lies_well(x) && !with_sums) {
    staged->data = x.data;
    staged->stride = x.stride;
    return {};
  }
  if (Status status = allocate(device, x.m, x.k, staged); !status.ok()) return status;
  device::RowsOf<uint8_t> rows{x.data, x.m, x.stride, x.k};
  device::StagedBytes to = target_of(x.m, with_sums, staged);
  void* parameters[] = {&rows, &to};
  return device->launch(launch_of("stage_bytes", x.m), parameters);
}

Status align_rows(const std::shared_ptr<Device>& device, const DeviceRows<float>& x, DeviceMemory* memory,
                  DeviceRows<float>* aligned) {
  const size_t stride = std::max<size_t>(4, round_up(x.k, 4));
  if (Status status = memory->allocate(device, multiply_sizes(multiply_sizes(x.m, stride), sizeof(float)));
      !status.ok())
    return status;
  *aligned = {memory->as<float>(), x.m, x.k, stride};
  device::RowsOf<float> rows{x.data, x.m, x.stride, x.k};
  float* to = memory->as<float>();
  size_t to_stride = stride;
  void* parameters[] = {&rows, &to, &to_stride};
  return device->launch(column_launch("align_rows", stride, x.m), parameters);
}

Status divide_columns(Device& device, const DeviceRows<float>& x, const float* scale, float* to) {
  device::RowsOf<float> rows{x.data, x.m, x.stride, x.k};
  void* parameters[] = {&rows, &scale, &to};
  return device.launch(column_launch("divide_columns", x.k, x.m), parameters);
}

}  // namespace octavo::cuda
