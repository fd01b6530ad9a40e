#include "ops/panel_product.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>

#include "ops/scratch.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kPassPanels = 8;       // panels whose sums of few rows lie in the first level cache
constexpr size_t kChunkVectors = 4;     // columns of decoded pieces, and
constexpr size_t kPieceValues = 256;    // their values of k: they stay in the second level cache
constexpr size_t kBlockRows = 512;      // rows that meet a decoded piece
constexpr size_t kPageBytes = 4096;     // rows this far apart share a set of the first level cache
constexpr double kWorkPerThread = 2e6;  // multiply-adds that are worth waking a thread for
constexpr size_t kChunkColumns = kChunkVectors * kVectorColumns;

/// Stands for rows without values, which may lie at null.
constexpr float kNothing = 0;

struct Product {
  const KernelSet& set;
  MatrixF32 a;
  const PanelWeights& b;
  const FloatEpilogue& epilogue;
  FinishedRows out;
};

/// Rows times whole panels.
struct PanelBlock {
  size_t row, rows, panel, panels;
};

/// What lies where in one panel.
struct PanelView {
  const uint8_t* data;
  size_t column, vectors;

  PanelView(const PanelWeights& b, size_t panel)
      : data(b.panels + panel * kPanelVectors * b.vector_bytes),
        column(panel * kPanelColumns),
        vectors(std::min(kPanelVectors, divide_up(b.n, kVectorColumns) - panel * kPanelVectors)) {}
  size_t step_bytes() const { return vectors * kStepBytes; }
};

float* sums_memory(size_t values) {
  return static_cast<float*>(scratch(ScratchSlot::kProductSums, multiply_sizes(values, sizeof(float))));
}

/// Rows times some panels, straight from the codes.
void run_pass(const Product& p, const PanelBlock& pass, float* sums, size_t stride) {
  const PanelWeights& b = p.b;
  const size_t column = pass.panel * kPanelColumns;
  const size_t columns = std::min(b.n, (pass.panel + pass.panels) * kPanelColumns) - column;
  for (size_t r = 0; r < pass.rows;) {
    const size_t left = pass.rows - r, rows = divide_up(left, divide_up(left, b.strip_rows));
    const size_t row = pass.row + r;
    b.multiply({rows, divide_up(columns, kVectorColumns), b.k, p.a.data + row * p.a.row_stride, p.a.row_stride,
                PanelView(b, pass.panel).data, sums, stride});
    finish_rows(p.set, {row, rows, column, columns, sums, stride}, p.epilogue, p.out);
    r += rows;
  }
}

/// Panels that meet several strips of rows are one at a time, and stay in the second level cache.
bool run_few_rows(const Product& p, const PanelBlock& block) {
  const size_t panels = block.rows <= p.b.strip_rows ? kPassPanels : 1, end = block.panel + block.panels;
  const size_t stride = std::min(panels, block.panels) * kPanelColumns;
  float* const sums = sums_memory(std::min(block.rows, p.b.strip_rows) * stride);
  if (sums == nullptr) return false;
  for (size_t panel = block.panel; panel < end; panel += panels)
    run_pass(p, {block.row, block.rows, panel, std::min(panels, end - panel)}, sums, stride);
  return true;
}

/// Rows of A where they are, or copied apart where they would collide in the first level cache.
MatrixF32 rows_of_a(const Product& p, const PanelBlock& block) {
  const MatrixF32 in_place = {p.a.data + block.row * p.a.row_stride, block.rows, p.a.row_stride};
  if (block.rows < 4 || p.b.k == 0 || p.a.row_stride * sizeof(float) % kPageBytes != 0) return in_place;
  const size_t stride = p.b.k + 16;
  auto* copy = static_cast<float*>(scratch(ScratchSlot::kStagedRows, block.rows * stride * sizeof(float)));
  if (copy == nullptr) return in_place;
  for (size_t r = 0; r < block.rows; ++r)
    std::memcpy(copy + r * stride, in_place.data + r * p.a.row_stride, p.b.k * sizeof(float));
  return {copy, block.rows, stride};
}

/// Neighbouring vectors of a panel, and the memory that their product with a block's rows takes.
struct Chunk {
  const PanelView& view;
  size_t vector, vectors;
  float* decoded;  // [values of a piece, chunk's columns]
  float* sums;     // [rows, chunk's columns]
  float* joined;   // the same, of all groups; null where there are no factors and sums are all
};

/// One piece of a group: values of k from `first` on, which begin `offset` values after the group.
struct Piece {
  size_t first, values, offset;
  const uint8_t* group;  // its start in the panel
};

/// Meets all rows with a piece, whose sums follow those of the pieces before it in its group.
void run_piece(const Product& p, const MatrixF32& a, const Chunk& chunk, const Piece& piece) {
  const PanelWeights& b = p.b;
  const GemmF32Kernel& kernel = *p.set.gemm_f32;
  const size_t step_bytes = chunk.view.step_bytes(), columns = chunk.vectors * kVectorColumns;
  const uint8_t* const vectors = piece.group + chunk.vector * kStepBytes;
  b.decode({vectors + piece.offset / b.step_values * step_bytes, step_bytes, chunk.vectors, piece.values},
           chunk.decoded);
  const auto* const factors = reinterpret_cast<const float*>(vectors + divide_up(b.group, b.step_values) * step_bytes);
  for (size_t r = 0; r < a.m;) {
    const size_t left = a.m - r, rows = divide_up(left, divide_up(left, kernel.mr));
    float* const sums = chunk.sums + r * kChunkColumns;
    kernel.run({rows, columns, piece.values, a.data + r * a.row_stride + piece.first, a.row_stride, chunk.decoded,
                piece.values * kernel.nr, sums, kChunkColumns, piece.offset == 0, false, nullptr, false, 0, 0});
    if (b.scaled && piece.offset + piece.values == b.group)
      p.set.gemm_lut4->add(
          {rows, chunk.vectors, sums, kChunkColumns, factors, chunk.joined + r * kChunkColumns, kChunkColumns});
    r += rows;
  }
}

/// A chunk's columns of all rows of a block, finished.
void run_chunk(const Product& p, const PanelBlock& block, const MatrixF32& a, const Chunk& chunk) {
  const PanelWeights& b = p.b;
  float* const result = b.scaled ? chunk.joined : chunk.sums;
  std::fill_n(result, block.rows * kChunkColumns, 0.0f);
  const uint8_t* group = chunk.view.data;
  for (size_t g = 0; g < b.k; g += b.group) {
    for (size_t offset = 0; offset < b.group; offset += kPieceValues)
      run_piece(p, a, chunk, {g + offset, std::min(kPieceValues, b.group - offset), offset, group});
    group += chunk.view.step_bytes() * (divide_up(b.group, b.step_values) + (b.scaled ? 1 : 0));
  }
  const size_t column = chunk.view.column + chunk.vector * kVectorColumns;
  const size_t columns = std::min(chunk.vectors * kVectorColumns, b.n - column);
  finish_rows(p.set, {block.row, block.rows, column, columns, result, kChunkColumns}, p.epilogue, p.out);
}

bool run_many_rows(const Product& p, const PanelBlock& block) {
  const size_t sums = block.rows * kChunkColumns, piece = std::min(kPieceValues, p.b.group);
  float* const memory = sums_memory(2 * sums);
  auto* const decoded = static_cast<float*>(scratch(ScratchSlot::kPackedPanels, piece * kChunkColumns * sizeof(float)));
  if (memory == nullptr || decoded == nullptr) return false;
  const MatrixF32 a = rows_of_a(p, block);
  for (size_t panel = block.panel; panel < block.panel + block.panels; ++panel) {
    const PanelView view(p.b, panel);
    for (size_t v = 0; v < view.vectors; v += kChunkVectors)
      run_chunk(p, block, a, {view, v, std::min(kChunkVectors, view.vectors - v), decoded, memory, memory + sums});
  }
  return true;
}

/// How a product is cut: into columns first, which share no weights, then into rows.
struct PanelGrid {
  size_t rows, panels, row_blocks, column_blocks, threads;

  PanelGrid(const Product& p) {
    const size_t m = p.a.m, all = divide_up(p.b.n, kPanelColumns);
    const double work = static_cast<double>(m) * static_cast<double>(p.b.n) * static_cast<double>(p.b.k);
    threads = std::clamp<size_t>(static_cast<size_t>(std::min(work / kWorkPerThread, 4096.0)), 1,
                                 ThreadPool::instance().threads());
    panels = threads == 1 ? all : divide_up(all, (m <= p.b.few_rows ? 2 : 1) * threads);
    column_blocks = divide_up(all, panels);
    const size_t parts = std::max(divide_up(m, kBlockRows), m <= p.b.few_rows ? 1 : divide_up(threads, column_blocks));
    rows = divide_up(m, parts);
    row_blocks = divide_up(m, rows);
  }
  PanelBlock block(size_t ticket, const Product& p) const {
    const size_t row = ticket / column_blocks * rows, panel = ticket % column_blocks * panels;
    return {row, std::min(rows, p.a.m - row), panel, std::min(panels, divide_up(p.b.n, kPanelColumns) - panel)};
  }
};

}  // namespace

Status run_panel_product(const KernelSet& set, const MatrixF32& a, const PanelWeights& b, const FloatEpilogue& epilogue,
                         const GemmI8Output& output) {
  if (output.type != OutputType::kFloat32 && output.type != OutputType::kFloat16)
    return Status::error(Code::kRange, "outputs of float weights must be float32 or float16");
  if (a.m == 0 || b.n == 0) return {};
  const MatrixF32 rows = b.k == 0 ? MatrixF32{&kNothing, a.m, 0} : a;
  const Product product = {set, rows, b, epilogue, {output.type, output.data, b.n}};
  const PanelGrid grid(product);
  std::atomic<bool> no_memory{false};
  const auto run_one = [&](size_t ticket) {
    const PanelBlock block = grid.block(ticket, product);
    if (!(block.rows <= b.few_rows ? run_few_rows : run_many_rows)(product, block)) no_memory = true;
  };
  const size_t tickets = grid.row_blocks * grid.column_blocks;
  if (tickets == 1)
    run_one(0);
  else
    ThreadPool::instance().parallel_for(tickets, grid.threads, run_one);
  if (no_memory) return Status::error(Code::kNative, "no memory for rows of k " + std::to_string(b.k));
  return {};
}

}  // namespace octavo
