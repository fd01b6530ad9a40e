#include "ops/gemm_f32.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "core/sizes.h"
#include "ops/scratch.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kBlockK = 1024;            // rows of B's panels that a pass takes
constexpr size_t kBlockBytes = 384 * 1024;  // of packed B that stays in the second level cache
constexpr size_t kBlockRows = 1008;         // rows of a ticket
constexpr size_t kColumnUnit = 32;          // blocks of columns start at whole pairs of panels
constexpr size_t kPageBytes = 4096;         // rows this far apart share a set of the first level cache
constexpr double kWorkPerThread = 2e6;      // multiply-adds that are worth waking a thread for

/// Stands for matrices without values, which may lie at null: null means something else for B, and has no rows in A.
constexpr float kNothing = 0;

MatrixF32 readable(const MatrixF32& a, size_t k) { return k == 0 ? MatrixF32{&kNothing, a.m, 0} : a; }

/// B as panels, or as it lies: [k, n] with rows of n.
struct MatrixB {
  size_t k, n;
  const float* panels;
  const float* unpacked;
};

struct Problem {
  const GemmF32Kernel& kernel;
  const ActivationKernel& activation;
  MatrixF32 a;
  MatrixB b;
  EpilogueF32 epilogue;
  float* c;
};

struct Block {
  size_t row, rows, n0, n1, k0, k;
};

struct Panels {
  const float* data;
  size_t stride;
};

/// The rows of A that a block covers, at its k0. Rows that would collide in the first level cache are copied apart.
MatrixF32 rows_of_a(const MatrixF32& a, const Block& block) {
  const MatrixF32 in_place = {a.data + block.row * a.row_stride + block.k0, block.rows, a.row_stride};
  if (block.rows < 4 || block.k == 0 || a.row_stride * sizeof(float) % kPageBytes != 0) return in_place;
  const size_t stride = block.k + 16;
  auto* copy = static_cast<float*>(scratch(ScratchSlot::kStagedRows, block.rows * stride * sizeof(float)));
  if (copy == nullptr) return in_place;
  for (size_t r = 0; r < block.rows; ++r)
    std::memcpy(copy + r * stride, in_place.data + r * a.row_stride, block.k * sizeof(float));
  return {copy, block.rows, stride};
}

/// The panels of one block of B; null data when there is no memory to pack them.
Panels panels_of_b(const Problem& p, const Block& block) {
  const size_t nr = p.kernel.nr, columns = block.n1 - block.n0, stride = block.k * nr;
  if (p.b.unpacked == nullptr) return {p.b.panels + block.n0 * p.b.k + block.k0 * nr, p.b.k * nr};
  auto* packed =
      static_cast<float*>(scratch(ScratchSlot::kPackedPanels, round_up(columns, nr) * block.k * sizeof(float)));
  if (packed == nullptr) return {nullptr, 0};
  const size_t whole = columns / nr, rest = columns % nr;
  for (size_t row = 0; row < block.k; ++row) {
    const float* source = p.b.unpacked + (block.k0 + row) * p.b.n + block.n0;
    float* target = packed + row * nr;
    for (size_t panel = 0; panel < whole; ++panel)
      std::memcpy(target + panel * stride, source + panel * nr, nr * sizeof(float));
    if (rest == 0) continue;
    std::memcpy(target + whole * stride, source + whole * nr, rest * sizeof(float));
    std::fill(target + whole * stride + rest, target + whole * stride + nr, 0.0f);
  }
  return {packed, stride};
}

struct RowRange {
  size_t first, count;
};

/// The activations that the micro-kernels leave out, on finished rows that are still in cache.
void activate_rows(const Problem& p, const Block& block, const RowRange& rows) {
  if (p.epilogue.activation.kind == ActivationKind::kNone) return;
  for (size_t r = rows.first; r < rows.first + rows.count; ++r)
    p.activation.run(p.epilogue.activation, p.c + r * p.b.n + block.n0, block.n1 - block.n0);
}

bool run_strips(const Problem& p, const MatrixF32& a, const Block& block) {
  const EpilogueF32& e = p.epilogue;
  const bool clip = e.activation.kind == ActivationKind::kClip;
  const bool first = block.k0 == 0, last = block.k0 + block.k == p.b.k;
  const Panels panels = panels_of_b(p, block);
  if (panels.data == nullptr) return false;
  for (size_t r = 0; r < block.rows;) {
    const size_t left = block.rows - r, rows = divide_up(left, divide_up(left, p.kernel.mr));
    p.kernel.run({rows, block.n1 - block.n0, block.k, a.data + r * a.row_stride, a.row_stride, panels.data,
                  panels.stride, p.c + (block.row + r) * p.b.n + block.n0, p.b.n, first, last,
                  e.bias == nullptr ? nullptr : e.bias + block.n0, clip, e.activation.low, e.activation.high});
    if (last && !clip) activate_rows(p, block, {block.row + r, rows});
    r += rows;
  }
  return true;
}

/// All of k for some rows and columns; one pass at least, so that k = 0 writes zeros or the bias.
bool run_block(const Problem& p, Block block) {
  const size_t n_end = block.n1;
  for (block.k0 = 0; block.k0 == 0 || block.k0 < p.b.k; block.k0 += kBlockK) {
    block.k = std::min(kBlockK, p.b.k - block.k0);
    const MatrixF32 a = rows_of_a(p.a, block);
    const size_t bytes_per_column = std::max<size_t>(block.k, 1) * sizeof(float);
    const size_t columns = std::max(kColumnUnit, kBlockBytes / bytes_per_column / kColumnUnit * kColumnUnit);
    for (size_t n0 = block.n0; n0 < n_end; n0 += columns) {
      Block part = block;
      part.n0 = n0;
      part.n1 = std::min(n_end, n0 + columns);
      if (!run_strips(p, a, part)) return false;
    }
  }
  return true;
}

Status run(const KernelSet& set, const Problem& problem) {
  const size_t m = problem.a.m, n = problem.b.n, k = problem.b.k;
  if (m == 0 || n == 0) return {};
  const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  const size_t worth = static_cast<size_t>(std::min(work / kWorkPerThread, 4096.0));
  const size_t threads = std::clamp<size_t>(worth, 1, ThreadPool::instance().threads());
  size_t rows = std::min(m, kBlockRows), columns = n;
  if (threads > 1 && divide_up(m, threads) >= 2 * set.gemm_f32->mr)
    rows = std::min(rows, round_up(divide_up(m, 2 * threads), set.gemm_f32->mr));
  else if (threads > 1)
    columns = std::max(kColumnUnit, round_up(divide_up(n, 2 * threads), kColumnUnit));
  const size_t column_blocks = divide_up(n, columns), tickets = divide_up(m, rows) * column_blocks;
  std::atomic<bool> no_memory{false};
  const auto run_one = [&](size_t ticket) {
    const size_t row = ticket / column_blocks * rows, n0 = ticket % column_blocks * columns;
    if (!run_block(problem, {row, std::min(rows, m - row), n0, std::min(n, n0 + columns), 0, 0})) no_memory = true;
  };
  if (tickets == 1)
    run_one(0);
  else
    ThreadPool::instance().parallel_for(tickets, threads, run_one);
  if (no_memory) return Status::error(Code::kNative, "no memory for a block of b");
  return {};
}

}  // namespace

Status matmul_f32(const KernelSet& set, const MatrixF32& a, const PackedFloat32& b, const EpilogueF32& epilogue,
                  float* c) {
  return run(
      set, {*set.gemm_f32, *set.activation, readable(a, b.k), {b.k, b.n, b.panels.as<float>(), nullptr}, epilogue, c});
}

Status matmul_f32_unpacked(const KernelSet& set, const MatrixF32& a, const float* b, size_t k, size_t n, float* c) {
  return run(set, {*set.gemm_f32, *set.activation, readable(a, k), {k, n, nullptr, k == 0 ? &kNothing : b}, {}, c});
}

}  // namespace octavo
