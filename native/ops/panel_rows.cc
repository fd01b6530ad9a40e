#include "ops/panel_rows.h"

#include <algorithm>
#include <atomic>

#include "ops/scratch.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kPieceValues = 256;
constexpr double kValuesPerThread = 1e5;  // that are worth waking a thread for

/// One vector of weights within its panel.
struct VectorView {
  const uint8_t* data;
  size_t step_bytes, column, columns;

  VectorView(const PanelWeights& b, size_t vector) {
    const size_t panel = vector / kPanelVectors * kPanelVectors;
    const size_t width = std::min(kPanelVectors, divide_up(b.n, kVectorColumns) - panel);
    data = b.panels + panel * b.vector_bytes + (vector - panel) * kStepBytes;
    step_bytes = width * kStepBytes;
    column = vector * kVectorColumns;
    columns = std::min(kVectorColumns, b.n - column);
  }
};

/// Decoded values of a vector: [16 / nr][values][nr].
struct Decoded {
  const float* data;
  size_t values, nr;
};

/// Column j of decoded values, times its factor, as a part of a row.
void store_row(const Decoded& decoded, size_t j, float factor, float* row) {
  const float* const column = decoded.data + j / decoded.nr * decoded.values * decoded.nr + j % decoded.nr;
  for (size_t p = 0; p < decoded.values; ++p) row[p] = column[p * decoded.nr] * factor;
}

bool decode_vector(const PanelWeights& b, const VectorView& view, size_t nr, float* rows) {
  const size_t piece = std::min(kPieceValues, b.group);
  auto* const memory = static_cast<float*>(scratch(ScratchSlot::kPackedPanels, piece * kVectorColumns * sizeof(float)));
  if (memory == nullptr) return false;
  const size_t steps_bytes = divide_up(b.group, b.step_values) * view.step_bytes;
  const uint8_t* group = view.data;
  for (size_t g = 0; g < b.k; g += b.group, group += steps_bytes + (b.scaled ? view.step_bytes : 0)) {
    const auto* const factors = reinterpret_cast<const float*>(group + steps_bytes);
    for (size_t offset = 0; offset < b.group; offset += kPieceValues) {
      const Decoded decoded = {memory, std::min(kPieceValues, b.group - offset), nr};
      b.decode({group + offset / b.step_values * view.step_bytes, view.step_bytes, 1, decoded.values}, memory);
      for (size_t j = 0; j < view.columns; ++j)
        store_row(decoded, j, b.scaled ? factors[j] : 1.0f, rows + (view.column + j) * b.k + g + offset);
    }
  }
  return true;
}

}  // namespace

Status decode_rows(const KernelSet& set, const PanelWeights& weights, float* b) {
  if (weights.n == 0 || weights.k == 0) return {};
  const double worth = static_cast<double>(weights.n) * static_cast<double>(weights.k) / kValuesPerThread;
  const size_t threads =
      std::clamp<size_t>(static_cast<size_t>(std::min(worth, 4096.0)), 1, ThreadPool::instance().threads());
  std::atomic<bool> no_memory{false};
  ThreadPool::instance().parallel_for(divide_up(weights.n, kVectorColumns), threads, [&](size_t vector) {
    if (!decode_vector(weights, VectorView(weights, vector), set.gemm_f32->nr, b)) no_memory = true;
  });
  if (no_memory) return Status::error(Code::kNative, "no memory for a vector of weights");
  return {};
}

}  // namespace octavo
