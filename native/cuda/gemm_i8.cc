#include "cuda/gemm_i8.h"

#include <climits>

#include "cuda/cublaslt.h"
#include "cuda/gemm_i8_plan.h"

namespace octavo::cuda {
namespace {

using device::GemmI8Operands;
using device::GemmI8Result;

constexpr uint32_t kBoxRows = 128, kBoxBytes = 128;

/// As the kernels take it (device::MergeSpace): sums, then how much of each tile has been added.
struct MergeSpace {
  uint32_t *sums = nullptr, *shares = nullptr;
};

Status find_merge_space(Device& d, const GemmI8Plan& plan, MergeSpace* space) {
  if (!plan.merges) return {};
  const size_t sums = plan.tiles * plan.tiling->rows * plan.tiling->columns;
  if (Status status = d.scratch().words(d, sums + plan.tiles, &space->sums); !status.ok()) return status;
  space->shares = space->sums + sums;
  return {};
}

KernelLaunch launch_of(const GemmI8Plan& plan, bool a_signed) {
  KernelLaunch launch{a_signed ? plan.tiling->signed_kernel : plan.tiling->unsigned_kernel};
  launch.grid_x = static_cast<unsigned>(plan.blocks);
  launch.grid_y = plan.splits;
  launch.threads = plan.tiling->threads;
  launch.shared_bytes = plan.tiling->shared_bytes;
  launch.cluster = plan.tiling->cluster;
  return launch;
}

Status launch_tiles(Device& d, const GemmI8Plan& plan, GemmI8Operands o, bool a_signed, GemmI8Result result) {
  MergeSpace space;
  if (Status status = find_merge_space(d, plan, &space); !status.ok()) return status;
  void* parameters[] = {&o, &result, &space};
  return d.launch(launch_of(plan, a_signed), parameters);
}

/// How the copy engine sees rows of k bytes: boxes of 128 x 128, swizzled, zeros beyond the matrix.
Status describe_rows(const Device& d, const void* data, size_t rows, size_t k, size_t stride, TensorMap* map) {
  const uint64_t sizes[] = {k, rows}, strides[] = {stride};
  const uint32_t box[] = {kBoxBytes, kBoxRows}, steps[] = {1, 1};
  return status_of(d.driver().describe_tensor(map, kMapUint8, 2, const_cast<void*>(data), sizes, strides, box, steps,
                                              kNoInterleave, kSwizzle128, kPromote128, kZerosOutside),
                   "describing a matrix to the GPU");
}

Status launch_wgmma(Device& d, const GemmI8Plan& plan, const GemmI8Operands& o, bool a_signed, GemmI8Result result) {
  TensorMap a, w;
  if (Status status = describe_rows(d, o.a, o.m, o.k, o.a_stride, &a); !status.ok()) return status;
  if (Status status = describe_rows(d, o.w, o.n, o.k, o.w_stride, &w); !status.ok()) return status;
  size_t m = o.m, n = o.n, k = o.k;
  void* parameters[] = {&m, &n, &k, &a, &w, &result};
  return d.launch(launch_of(plan, a_signed), parameters);
}

Status launch_own(Device& d, const GemmI8Operands& o, bool a_signed, const GemmI8Result& result, GemmI8Path path) {
  GemmI8Plan plan = plan_gemm_i8(d.info(), o.m, o.n, o.k, path);
  const bool wgmma = plan.tiling != nullptr && plan.tiling->path == GemmI8Path::kWgmma;
  // A driver older than the copy engine's descriptions has the other kernels.
  if (wgmma && path == GemmI8Path::kOwn && d.driver().describe_tensor == nullptr)
    plan = plan_gemm_i8(d.info(), o.m, o.n, o.k, GemmI8Path::kLarge);
  else if (plan.tiling == nullptr || (wgmma && d.driver().describe_tensor == nullptr))
    return Status::error(Code::kUnsupported, "the GPU or the shape does not allow this kernel for int8 products");
  if (plan.blocks > INT_MAX) return Status::error(Code::kRange, "a product on the GPU has too many tiles");
  if (plan.tiling->path == GemmI8Path::kWgmma) return launch_wgmma(d, plan, o, a_signed, result);
  return launch_tiles(d, plan, o, a_signed, result);
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
  return launch_own(d, o, a_signed, result, path == GemmI8Path::kBest ? GemmI8Path::kOwn : path);
}

}  // namespace octavo::cuda
