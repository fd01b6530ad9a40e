#include "ops/gemm_i4.h"

#include <algorithm>
#include <atomic>

#include "core/sizes.h"
#include "ops/gemm_blocks.h"
#include "ops/scratch.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

/// What all blocks of a product share.
struct Product {
  const KernelSet& set;
  const PackedInt4& b;
  const GemmI8Epilogue& epilogue;
  const GemmI8Output& output;
};

/// What each group of each row adds to its sums: [groups], `stride` rows side by side.
struct GroupTerms {
  int32_t* values;
  size_t stride;

  GroupTerms from(size_t row) const { return {values + row, stride}; }
};

/// This thread's memory for the terms of `rows` rows; null values where there is none.
GroupTerms allocate_terms(const PackedInt4& b, size_t rows) {
  const size_t bytes = multiply_sizes(multiply_sizes(b.groups, rows), sizeof(int32_t));
  return {static_cast<int32_t*>(scratch(ScratchSlot::kGroupTerms, bytes)), rows};
}

/// terms[g][r] = -8 times the sum of row r's staged values in group g; -1 times where zero points follow in the kernel.
void fill_terms(const Product& product, const StagedRows& staged, size_t rows, const GroupTerms& terms) {
  const PackedInt4& b = product.b;
  const uint32_t factor = b.zero_points.size_bytes() > 0 ? 0u - 1u : 0u - 8u;
  for (size_t g = 0; g < b.groups; ++g) {
    const size_t count = std::min(b.group, b.k - g * b.group);
    const ByteRows values = {static_cast<const uint8_t*>(staged.data) + g * b.group, staged.stride_bytes, rows, count};
    int32_t* const of_group = terms.values + g * terms.stride;
    product.set.stage->sum(values, 0x80, 0u - 128u * static_cast<uint32_t>(count), of_group);
    for (size_t r = 0; r < rows; ++r) of_group[r] = static_cast<int32_t>(static_cast<uint32_t>(of_group[r]) * factor);
  }
}

/// A block's rows with their terms; those that are not staged yet are so by the first pass, strip by strip.
struct BlockRows {
  StagedRows staged;
  GroupTerms terms;
  const RowStaging* staging;  // null when all rows are staged

  void stage(const Product& product, RowRange rows) const {
    staging->stage(rows);
    fill_terms(product, staged.from(rows.first), rows.count, terms.from(rows.first));
  }
};

/// Runs one strip, `rows` of the product, on the columns of one pass.
void run_strip(const Product& product, const BlockRows& a, const Pass& pass, RowRange rows,
               const GemmI8Ahead (&ahead)[2]) {
  const auto& [set, b, epilogue, output] = product;
  GemmI8Epilogue e = narrow_epilogue(epilogue, rows.first, pass.n0);
  if (a.staged.row_scales) e.row_scale = a.staged.row_scales, e.row_scale_step = 1;
  const uint8_t* zeros = b.zero_points.size_bytes() > 0 ? b.zero_points.as<uint8_t>() + pass.n0 * b.groups : nullptr;
  const size_t offset = rows.first * b.n + pass.n0;
  const GemmI8Strip strip = {rows.count,
                             pass.columns,
                             b.k,
                             a.staged.data,
                             a.staged.stride_bytes,
                             b.panels.as<int8_t>() + pass.n0 * b.column_bytes(),
                             output.type,
                             static_cast<char*>(output.data) + offset * element_bytes(output.type),
                             b.n,
                             &e,
                             {ahead[0], ahead[1]},
                             true};
  set.gemm_i4->run({strip, b.group, b.groups, a.terms.values, a.terms.stride, zeros});
}

/// Runs one block.
void run_block(const Product& product, BlockRows a, const Block& block) {
  const PanelMemory panels = {product.b.panels.as<char>(), product.b.column_bytes()};
  const size_t mr = product.set.gemm_i4->mr;
  each_pass(block, mr, panels.column_bytes, [&](const Pass& pass) {
    each_strip(block.rows.count, mr, [&](RowRange rows, RowRange next) {
      if (a.staging) a.stage(product, rows);
      const GemmI8Ahead ahead[] = {a.staging ? a.staging->source(next) : GemmI8Ahead(),
                                   share_ahead(panels, pass, rows, block.rows.count)};
      const BlockRows from = {a.staged.from(rows.first), a.terms.from(rows.first), nullptr};
      run_strip(product, from, pass, {block.rows.first + rows.first, rows.count}, ahead);
    });
    a.staging = nullptr;
  });
}

Status check_activations(const Activations& a) {
  const bool dynamic = a.type == ActivationType::kFloat32 && a.quantization.dynamic;
  if (a.type == ActivationType::kInt8 || dynamic) return {};
  return Status::error(Code::kRange, "activations of 4-bit weights must be int8, or float32 quantized by row");
}

}  // namespace

Status run_gemm_i4(const KernelSet& set, const Activations& a, const PackedInt4& b, const GemmI8Epilogue& epilogue,
                   const GemmI8Output& output) {
  if (Status s = check_activations(a); !s.ok()) return s;
  if (a.m == 0 || b.n == 0) return {};
  const StageTarget target = {AForm::kS8, kInt4Depth, 0, b.k, b.n};
  const Grid grid = make_grid({a.m, b.n, b.k, set.gemm_i4->mr, target.row_bytes()});
  const Product product = {set, b, epilogue, output};
  std::atomic<bool> no_memory{false};
  BlockRows shared = {};  // by all blocks of columns
  if (grid.column_blocks > 1) {
    const RowStaging staging(set, a, target, {0, a.m}, false);
    shared = {staging.rows(), allocate_terms(b, a.m), nullptr};
    no_memory = shared.terms.values == nullptr || !staging.ok() || !staging.stage_all(grid.threads);
    if (!no_memory) fill_terms(product, shared.staged, a.m, shared.terms);
  }
  const auto run_one = [&](size_t ticket) {
    const Block block = grid.block(ticket, a.m, b.n);
    const size_t row = block.rows.first;
    if (grid.column_blocks > 1)
      return run_block(product, {shared.staged.from(row), shared.terms.from(row), nullptr}, block);
    const RowStaging staging(set, a, target, block.rows, false);
    const GroupTerms terms = allocate_terms(b, block.rows.count);
    if (!staging.ok() || terms.values == nullptr)
      no_memory = true;
    else
      run_block(product, {staging.rows(), terms, &staging}, block);
  };
  if (grid.tickets() == 1)
    run_one(0);
  else if (!no_memory)
    ThreadPool::instance().parallel_for(grid.tickets(), grid.threads, run_one);
  if (no_memory) return Status::error(Code::kNative, "no memory for rows of k " + std::to_string(b.k));
  return {};
}

}  // namespace octavo
