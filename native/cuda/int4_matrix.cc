#include "cuda/int4_matrix.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "core/aligned_buffer.h"
#include "core/sizes.h"
#include "cuda/device/gemm_i4_operands.h"
#include "cuda/device/gemm_i8_operands.h"
#include "cuda/upload_array.h"

namespace octavo::cuda {
namespace {

using Tile = device::GemmI4Tile;
constexpr size_t kMostBlocksDown = UINT16_MAX, kPieceBytes = Tile::kPieceValues / 2, kManyRows = 4;

/// The largest power of two up to 32 that divides a group's pieces: what a warp adds up.
uint32_t unit_of(uint32_t group_pieces) {
  uint32_t unit = 1;
  while (unit < 32 && group_pieces % (unit * 2) == 0) unit *= 2;
  return unit;
}

size_t group_pieces(size_t group) { return divide_up(group, Tile::kPieceValues); }

/// One row of codes as pieces, which are zeros where a group or k ends before.
void lay_out_row(const PlainInt4& plain, const uint8_t* codes, uint8_t* to) {
  const size_t row_bytes = group_pieces(plain.group) * kPieceBytes;
  for (size_t p = 0; p < plain.k; ++p) {
    const size_t in_group = p % plain.group, in_word = in_group % 8;
    uint8_t& byte = to[p / plain.group * row_bytes + in_group / 8 * 4 + in_word % 4];
    byte = static_cast<uint8_t>(byte | codes[p] << (in_word / 4 * 4));
  }
}

}  // namespace

Status Int4Matrix::upload(const std::shared_ptr<Device>& device, const PlainInt4& plain) {
  device_ = device;
  k_ = plain.k, n_ = plain.n, group_ = plain.group;
  const size_t groups = divide_up(k_, group_), count = multiply_sizes(n_, groups);
  if (k_ > INT_MAX)
    return Status::error(Code::kUnsupported, "4-bit weights on a GPU have at most 2,147,483,647 inputs");
  const size_t row_bytes = groups * group_pieces(group_) * kPieceBytes;
  AlignedBuffer codes;
  if (!codes.allocate(multiply_sizes(n_, row_bytes)))
    return Status::error(Code::kNative, "no memory to lay out weights for the GPU");
  auto* const rows = codes.as<uint8_t>();
  if (n_ * row_bytes > 0) std::memset(rows, 0, n_ * row_bytes);
  for (size_t j = 0; k_ > 0 && j < n_; ++j) lay_out_row(plain, plain.codes + j * k_, rows + j * row_bytes);
  if (Status status = upload_array(device, rows, n_ * row_bytes, &codes_); !status.ok()) return status;
  if (Status status = upload_array(device, plain.scales, count, &scales_); !status.ok()) return status;
  return upload_array(device, plain.zero_points, count, &zero_points_);
}

Status Int4Matrix::multiply(const StagedRows& a, size_t m, const GemmI8Epilogue& epilogue, OutputType output,
                            void* c) const {
  if (m == 0 || n_ == 0) return {};
  const auto pieces = static_cast<uint32_t>(group_pieces(group_));
  device::GemmI4Operands operands{reinterpret_cast<const int8_t*>(a.data),
                                  codes_.as<device::Words4>(),
                                  scales_.as<float>(),
                                  zero_points_.as<uint8_t>(),
                                  m,
                                  n_,
                                  a.stride,
                                  static_cast<uint32_t>(k_),
                                  static_cast<uint32_t>(group_),
                                  static_cast<uint32_t>(divide_up(k_, group_)),
                                  pieces,
                                  unit_of(pieces)};
  device::GemmI8Result result{epilogue, output, c, n_};
  KernelLaunch launch{m == 1 ? "gemm_i4_1" : "gemm_i4_4"};
  launch.grid_x = static_cast<unsigned>(divide_up(n_, Tile::kOutputs));
  launch.grid_y = static_cast<unsigned>(std::min(m == 1 ? 1 : divide_up(m, kManyRows), kMostBlocksDown));
  launch.threads = Tile::kThreads;
  launch.shared_bytes = m == 1 ? sizeof(device::GemmI4Shared<1>) : sizeof(device::GemmI4Shared<kManyRows>);
  void* parameters[] = {&operands, &result};
  return device_->launch(launch, parameters);
}

}  // namespace octavo::cuda
