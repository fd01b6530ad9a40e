#include "ops/gemm_f64.h"

#include <algorithm>
#include <cstring>

#include "core/sizes.h"
#include "ops/scratch.h"

namespace octavo {
namespace {

constexpr size_t kBlockK = 128, kBlockN = 256;  // of packed b, which stay in the second level cache
constexpr size_t kBlockM = 256;
constexpr size_t kPad = 8;  // keeps copied rows of a from colliding in the first level cache

/// Rows of B, [k, n] from (p, j) on, as panels.
void pack_rows(const MatrixF64& b, size_t n, size_t k, size_t nr, double* packed) {
  for (size_t j = 0; j < n; j += nr, packed += k * nr) {
    const size_t columns = std::min(nr, n - j);
    for (size_t p = 0; p < k; ++p) {
      std::memcpy(packed + p * nr, b.data + p * b.stride + j, columns * sizeof(double));
      std::fill(packed + p * nr + columns, packed + (p + 1) * nr, 0.0);
    }
  }
}

/// The same of a B that lies as [n, k].
void pack_columns(const MatrixF64& b, size_t n, size_t k, size_t nr, double* packed) {
  for (size_t j = 0; j < n; j += nr, packed += k * nr)
    for (size_t i = 0; i < nr; ++i) {
      const double* source = j + i < n ? b.data + (j + i) * b.stride : nullptr;
      for (size_t p = 0; p < k; ++p) packed[p * nr + i] = source == nullptr ? 0.0 : source[p];
    }
}

void copy_rows(const MatrixF64& a, size_t m, size_t k, double* copy) {
  for (size_t r = 0; r < m; ++r) std::memcpy(copy + r * (kBlockK + kPad), a.data + r * a.stride, k * sizeof(double));
}

}  // namespace

bool subtract_product(const KernelSet& set, const ProductF64& product) {
  const auto [mr, nr, run] = *set.gemm_f64;
  const auto& [m, n, k, a, b, transposed, c] = product;
  auto* panels = static_cast<double*>(scratch(ScratchSlot::kPackedPanels, kBlockK * kBlockN * sizeof(double)));
  auto* rows =
      static_cast<double*>(scratch(ScratchSlot::kStagedRows, std::min(m, kBlockM) * (kBlockK + kPad) * sizeof(double)));
  if (panels == nullptr || rows == nullptr) return false;
  for (size_t p = 0; p < k; p += kBlockK) {
    const size_t depth = std::min(kBlockK, k - p);
    for (size_t i = 0; i < m; i += kBlockM) {
      const size_t height = std::min(kBlockM, m - i);
      copy_rows(a.at(i, p), height, depth, rows);
      for (size_t j = 0; j < n; j += kBlockN) {
        const size_t width = std::min(kBlockN, n - j);
        if (transposed)
          pack_columns(b.at(j, p), width, depth, nr, panels);
        else
          pack_rows(b.at(p, j), width, depth, nr, panels);
        for (size_t r = 0; r < height; r += mr)
          run({std::min(mr, height - r), width, depth, rows + r * (kBlockK + kPad), kBlockK + kPad, panels, depth * nr,
               c.data + (i + r) * c.stride + j, c.stride});
      }
    }
  }
  return true;
}

}  // namespace octavo
