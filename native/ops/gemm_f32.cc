#include "ops/gemm_f32.h"

#include <algorithm>
#include <cstring>

#include "core/sizes.h"
#include "ops/scratch.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kBlockK = 512;             // keeps A's strip in the first level cache
constexpr size_t kBlockBytes = 384 * 1024;  // of packed B that stays in the second level cache
constexpr size_t kBlockRows = 224;          // rows of a ticket
constexpr size_t kColumnUnit = 32;          // blocks of columns start at whole pairs of panels
constexpr size_t kPageBytes = 4096;         // rows this far apart share a set of the first level cache
constexpr double kWorkPerThread = 2e6;      // multiply-adds that are worth waking a thread for

struct Problem {
  const GemmF32Kernel& kernel;
  const MatrixF32& a;
  const PackedFloat32& b;
  const float* bias;
  float* c;
};

struct Block {
  size_t row, rows, n0, n1, k0, k;
};

/// Rows of A for one strip. Rows that would collide in the first level cache are copied apart.
MatrixF32 strip_of_a(const MatrixF32& a, size_t first, size_t rows, const Block& block) {
  const MatrixF32 in_place = {a.data + first * a.row_stride + block.k0, rows, a.row_stride};
  if (rows < 4 || a.row_stride * sizeof(float) % kPageBytes != 0) return in_place;
  const size_t stride = block.k + 16;
  auto* copy = static_cast<float*>(scratch(ScratchSlot::kStagedRows, rows * stride * sizeof(float)));
  if (copy == nullptr) return in_place;
  for (size_t r = 0; r < rows; ++r)
    std::memcpy(copy + r * stride, in_place.data + r * a.row_stride, block.k * sizeof(float));
  return {copy, rows, stride};
}

void run_strips(const Problem& p, const Block& block) {
  const size_t panel_stride = p.b.k * p.kernel.nr;
  const bool first = block.k0 == 0, last = block.k0 + block.k == p.b.k;
  for (size_t r = 0; r < block.rows;) {
    const size_t left = block.rows - r, rows = divide_up(left, divide_up(left, p.kernel.mr));
    const MatrixF32 a = strip_of_a(p.a, block.row + r, rows, block);
    p.kernel.run({rows, block.n1 - block.n0, block.k, a.data, a.row_stride,
                  p.b.panels.as<float>() + block.n0 * p.b.k + block.k0 * p.kernel.nr, panel_stride,
                  p.c + (block.row + r) * p.b.n + block.n0, p.b.n, first, last,
                  p.bias == nullptr ? nullptr : p.bias + block.n0});
    r += rows;
  }
}

/// All of k for some rows and columns; one pass at least, so that k = 0 writes zeros or the bias.
void run_block(const Problem& p, Block block) {
  const size_t n_end = block.n1;
  for (block.k0 = 0; block.k0 == 0 || block.k0 < p.b.k; block.k0 += kBlockK) {
    block.k = std::min(kBlockK, p.b.k - block.k0);
    const size_t bytes_per_column = std::max<size_t>(block.k, 1) * sizeof(float);
    const size_t columns = std::max(kColumnUnit, kBlockBytes / bytes_per_column / kColumnUnit * kColumnUnit);
    for (size_t n0 = block.n0; n0 < n_end; n0 += columns) {
      Block part = block;
      part.n0 = n0;
      part.n1 = std::min(n_end, n0 + columns);
      run_strips(p, part);
    }
  }
}

}  // namespace

Status matmul_f32(const KernelSet& set, const MatrixF32& a, const PackedFloat32& b, const float* bias, float* c) {
  if (a.m == 0 || b.n == 0) return {};
  const Problem problem = {*set.gemm_f32, a, b, bias, c};
  const double work = static_cast<double>(a.m) * static_cast<double>(b.n) * static_cast<double>(b.k);
  const size_t worth = static_cast<size_t>(std::min(work / kWorkPerThread, 4096.0));
  const size_t threads = std::clamp<size_t>(worth, 1, ThreadPool::instance().threads());
  size_t rows = a.m, columns = b.n;
  if (threads > 1 && divide_up(a.m, threads) >= 2 * set.gemm_f32->mr)
    rows = std::min(kBlockRows, round_up(divide_up(a.m, 2 * threads), set.gemm_f32->mr));
  else if (threads > 1)
    columns = std::max(kColumnUnit, round_up(divide_up(b.n, 2 * threads), kColumnUnit));
  const size_t column_blocks = divide_up(b.n, columns), tickets = divide_up(a.m, rows) * column_blocks;
  const auto run_one = [&](size_t ticket) {
    const size_t row = ticket / column_blocks * rows, n0 = ticket % column_blocks * columns;
    run_block(problem, {row, std::min(rows, a.m - row), n0, std::min(b.n, n0 + columns), 0, 0});
  };
  if (tickets == 1)
    run_one(0);
  else
    ThreadPool::instance().parallel_for(tickets, threads, run_one);
  return {};
}

}  // namespace octavo
