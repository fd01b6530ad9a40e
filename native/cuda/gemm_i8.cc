#include "cuda/gemm_i8.h"

#include <algorithm>
#include <climits>

#include "cuda/cublaslt.h"

namespace octavo::cuda {
namespace {

using device::GemmI8Operands;
using device::GemmI8Result;

// As the kernels in cuda/kernels/ are built.
constexpr size_t kFewRows = 16, kFewColumns = 32, kFewThreads = 256, kFewSharedBytes = 16 << 10;
constexpr size_t kSmallSide = 64, kSmallThreads = 64, kSmallSharedBytes = 32 << 10;
constexpr size_t kLargeSide = 128, kLargeThreads = 256, kLargeSharedBytes = 64 << 10;
constexpr size_t kWgmmaRows = 256, kWgmmaColumns = 256, kWgmmaThreads = 384, kWgmmaCluster = 2;
constexpr size_t kWgmmaSharedBytes = 4 * (48 << 10) + (16 << 10) + 64;
constexpr uint32_t kBoxRows = 128, kBoxBytes = 128;

constexpr size_t tiles(size_t count, size_t side) { return (count + side - 1) / side; }

bool can_wgmma(const Device& d, const GemmI8Operands& o) {
  return d.info().major == 9 && d.info().minor == 0 && d.driver().describe_tensor != nullptr && o.k > 0 &&
         o.m <= INT_MAX && o.n <= INT_MAX && o.k <= INT_MAX;
}

/// The kernel that is quickest for the shape: large tiles once they give every multiprocessor work.
GemmI8Path best_path(const Device& d, const GemmI8Operands& o) {
  if (o.m <= kFewRows) return GemmI8Path::kFew;
  const auto processors = static_cast<size_t>(d.info().multiprocessors);
  if (can_wgmma(d, o) && tiles(o.m, kWgmmaRows / 2) * tiles(o.n, kWgmmaColumns) >= processors)
    return GemmI8Path::kWgmma;
  return tiles(o.m, kLargeSide) * tiles(o.n, kLargeSide) >= processors ? GemmI8Path::kLarge : GemmI8Path::kSmall;
}

Status launch_tiles(Device& d, KernelLaunch launch, GemmI8Operands o, GemmI8Result result) {
  void* parameters[] = {&o, &result};
  return d.launch(launch, parameters);
}

/// How the copy engine sees rows of k bytes: boxes of 128 x 128, swizzled, zeros beyond the matrix.
Status describe_rows(const Device& d, const void* data, size_t rows, size_t k, size_t stride, TensorMap* map) {
  const uint64_t sizes[] = {k, rows}, strides[] = {stride};
  const uint32_t box[] = {kBoxBytes, kBoxRows}, steps[] = {1, 1};
  return status_of(d.driver().describe_tensor(map, kMapUint8, 2, const_cast<void*>(data), sizes, strides, box, steps,
                                              kNoInterleave, kSwizzle128, kPromote128, kZerosOutside),
                   "describing a matrix to the GPU");
}

Status launch_wgmma(Device& d, const GemmI8Operands& o, bool a_signed, GemmI8Result result) {
  TensorMap a, w;
  if (Status status = describe_rows(d, o.a, o.m, o.k, o.a_stride, &a); !status.ok()) return status;
  if (Status status = describe_rows(d, o.w, o.n, o.k, o.w_stride, &w); !status.ok()) return status;
  KernelLaunch launch{a_signed ? "gemm_i8_s8_wgmma" : "gemm_i8_u8_wgmma"};
  const size_t clusters = std::min(tiles(o.m, kWgmmaRows) * tiles(o.n, kWgmmaColumns),
                                   static_cast<size_t>(d.info().multiprocessors) / kWgmmaCluster);
  launch.grid_x = static_cast<unsigned>(std::max<size_t>(clusters, 1) * kWgmmaCluster);
  launch.threads = kWgmmaThreads;
  launch.shared_bytes = kWgmmaSharedBytes;
  launch.cluster = kWgmmaCluster;
  size_t m = o.m, n = o.n, k = o.k;
  void* parameters[] = {&m, &n, &k, &a, &w, &result};
  return d.launch(launch, parameters);
}

Status launch_path(Device& d, const GemmI8Operands& o, bool a_signed, const GemmI8Result& result, GemmI8Path path) {
  KernelLaunch launch{};
  if (path == GemmI8Path::kFew) {
    launch = {a_signed ? "gemm_i8_s8_few" : "gemm_i8_u8_few",
              static_cast<unsigned>(tiles(o.n, kFewColumns)),
              1,
              1,
              kFewThreads,
              kFewSharedBytes,
              1};
  } else {
    const bool large = path == GemmI8Path::kLarge;
    const size_t side = large ? kLargeSide : kSmallSide;
    const size_t down = tiles(o.m, side);
    if (down > UINT16_MAX) return Status::error(Code::kRange, "a product on the GPU has at most 65,535 rows of tiles");
    launch = {large ? (a_signed ? "gemm_i8_s8_large" : "gemm_i8_u8_large")
                    : (a_signed ? "gemm_i8_s8_small" : "gemm_i8_u8_small"),
              static_cast<unsigned>(tiles(o.n, side)),
              static_cast<unsigned>(down),
              1,
              static_cast<unsigned>(large ? kLargeThreads : kSmallThreads),
              large ? kLargeSharedBytes : kSmallSharedBytes,
              1};
  }
  return launch_tiles(d, launch, o, result);
}

/// With NVIDIA's library, for what it takes.
Status multiply_with_cublaslt(Device& d, const GemmI8Operands& o, bool a_signed, const GemmI8Result& result) {
  if (d.cublaslt() == nullptr || !CublasLt::takes(o, a_signed, result))
    return Status::error(Code::kUnsupported, "cuBLASLt is not in use, or not for such a product");
  return d.cublaslt()->multiply(o, result);
}

}  // namespace

Status gemm_i8(Device& d, const GemmI8Operands& o, bool a_signed, const GemmI8Result& result, GemmI8Path path) {
  if (o.m == 0 || o.n == 0) return {};
  if (path == GemmI8Path::kCublasLt) return multiply_with_cublaslt(d, o, a_signed, result);
  // Whatever keeps the library from it, the own kernels do the job, or say that the device is lost.
  if (path == GemmI8Path::kBest && d.cublaslt() != nullptr && multiply_with_cublaslt(d, o, a_signed, result).ok())
    return {};
  if (path == GemmI8Path::kBest || path == GemmI8Path::kOwn) path = best_path(d, o);
  if (path == GemmI8Path::kFew && o.m > kFewRows)
    return Status::error(Code::kUnsupported, "the kernel for few rows takes at most 16");
  if (path != GemmI8Path::kWgmma) return launch_path(d, o, a_signed, result, path);
  if (!can_wgmma(d, o)) return Status::error(Code::kUnsupported, "warp-group products need compute capability 9.0");
  return launch_wgmma(d, o, a_signed, result);
}

}  // namespace octavo::cuda
