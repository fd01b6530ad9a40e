#include "cuda/lut4_matrix.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "core/aligned_buffer.h"
#include "core/sizes.h"
#include "cuda/device/gemm_i8_operands.h"
#include "cuda/device/gemm_lut4_operands.h"
#include "cuda/upload_array.h"

namespace octavo::cuda {
namespace {

using Tile = device::GemmLut4Tile;
constexpr size_t kMostBlocksDown = UINT16_MAX, kManyRows = 4, kInterleaveThreads = 256;
constexpr size_t kPieceBytes = Tile::kPieceValues / 2;

/// One row of codes, the `output`-th of its tile: [pieces][groups][16 bytes], whose first piece of group 0 is at `to`.
void lay_out_row(const PlainLut4& plain, const uint8_t* codes, uint8_t* to) {
  const size_t groups = plain.k / plain.group;
  for (size_t p = 0; p < plain.k; ++p) {
    const size_t g = p / plain.group, in_group = p % plain.group, in_piece = in_group % Tile::kPieceValues;
    uint8_t& byte = to[(in_group / Tile::kPieceValues * groups + g) * kPieceBytes + in_piece / 2];
    byte = static_cast<uint8_t>(byte | codes[p] << (in_piece % 2 * 4));
  }
}

}  // namespace

Status Lut4Matrix::upload(const std::shared_ptr<Device>& device, const PlainLut4& plain) {
  device_ = device;
  k_ = plain.k, n_ = plain.n, group_ = plain.group;
  if (k_ > INT_MAX)
    return Status::error(Code::kUnsupported, "codebook weights on a GPU have at most 2,147,483,647 inputs");
  const size_t groups = k_ / group_;
  const size_t row_bytes = divide_up(group_, Tile::kPieceValues) * groups * kPieceBytes;
  const size_t bytes = multiply_sizes(round_up(n_, Tile::kOutputs), row_bytes);
  AlignedBuffer codes;
  if (!codes.allocate(bytes)) return Status::error(Code::kNative, "no memory to lay out weights for the GPU");
  auto* const rows = codes.as<uint8_t>();
  if (bytes > 0) std::memset(rows, 0, bytes);
  for (size_t j = 0; k_ > 0 && j < n_; ++j) lay_out_row(plain, plain.codes + j * k_, rows + j * row_bytes);
  if (Status status = upload_array(device, rows, bytes, &codes_); !status.ok()) return status;
  if (Status status = upload_array(device, plain.absmax, multiply_sizes(n_, groups), &absmax_); !status.ok())
    return status;
  return upload_array(device, plain.table, 16, &table_);
}

Status Lut4Matrix::interleave(const DeviceRows<float>& given, DeviceMemory* to) const {
  const size_t quads = divide_up(group_, 4) * (k_ / group_);
  const size_t bytes = multiply_sizes(multiply_sizes(given.m, quads), sizeof(device::Floats4));
  if (Status status = to->allocate(device_, bytes); !status.ok()) return status;
  if (quads == 0) return {};
  KernelLaunch launch{"interleave_groups"};
  launch.grid_x = static_cast<unsigned>(divide_up(quads, kInterleaveThreads));
  launch.grid_y = static_cast<unsigned>(std::min(given.m, kMostBlocksDown));
  launch.threads = kInterleaveThreads;
  const float* x = given.data;
  size_t m = given.m, stride = given.stride;
  auto group = static_cast<uint32_t>(group_), groups = static_cast<uint32_t>(k_ / group_);
  auto* interleaved = to->as<device::Floats4>();
  void* parameters[] = {&x, &m, &stride, &group, &groups, &interleaved};
  return device_->launch(launch, parameters);
}

Status Lut4Matrix::multiply(const DeviceRows<float>& x, const GemmI8Epilogue& epilogue, OutputType output,
                            void* c) const {
  const size_t m = x.m;
  if (m == 0 || n_ == 0) return {};
  DeviceMemory interleaved;
  if (Status status = interleave(x, &interleaved); !status.ok()) return status;
  const auto groups = static_cast<uint32_t>(k_ / group_), group = static_cast<uint32_t>(group_);
  const uint32_t span = std::clamp<uint32_t>(groups, 1, Tile::kThreads), tiles = Tile::kThreads / span;
  device::GemmLut4Operands operands{interleaved.as<device::Floats4>(),
                                    codes_.as<device::Words4>(),
                                    absmax_.as<float>(),
                                    table_.as<float>(),
                                    m,
                                    n_,
                                    group,
                                    groups,
                                    static_cast<uint32_t>(divide_up(group, Tile::kPieceValues)),
                                    static_cast<uint32_t>(divide_up(group, 4)),
                                    tiles,
                                    span};
  device::GemmI8Result result{epilogue, output, c, n_};
  KernelLaunch launch{m == 1 ? "gemm_lut4_1" : "gemm_lut4_4"};
  launch.grid_x = static_cast<unsigned>(divide_up(n_, size_t{tiles} * Tile::kOutputs));
  launch.grid_y = static_cast<unsigned>(std::min(m == 1 ? 1 : divide_up(m, kManyRows), kMostBlocksDown));
  launch.threads = Tile::kThreads;
  launch.shared_bytes = m == 1 ? sizeof(device::GemmLut4Shared<1>) : sizeof(device::GemmLut4Shared<kManyRows>);
  void* parameters[] = {&operands, &result};
  return device_->launch(launch, parameters);
}

}  // namespace octavo::cuda
