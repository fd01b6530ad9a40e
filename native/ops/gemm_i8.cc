#include "ops/gemm_i8.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "core/sizes.h"
#include "ops/gemm_blocks.h"
#include "ops/scratch.h"
#include "ops/stage_rows.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

struct Range {
  int64_t low, high;
};

Range range_of(ActivationType type) { return type == ActivationType::kUint8 ? Range{0, 255} : Range{-128, 127}; }

/// The largest |value - zero point| over a type and its zero points; an error for a zero point outside of the type.
Status largest_distance(const char* name, Range range, ZeroPoints zero, int64_t* distance) {
  *distance = std::max(-range.low, range.high);
  for (size_t i = 0; i < zero.count; ++i) {
    const int64_t z = zero.values[i];
    if (z < range.low || z > range.high)
      return Status::error(Code::kRange, std::string(name) + " must be from " + std::to_string(range.low) + " to " +
                                             std::to_string(range.high) + ", got " + std::to_string(z));
    const int64_t here = std::max(range.high - z, z - range.low);
    *distance = i == 0 ? here : std::max(*distance, here);
  }
  return {};
}

/// What all blocks of a product share.
struct Product {
  const GemmI8Kernel& kernel;
  const PackedInt8& b;
  const GemmI8Epilogue& epilogue;
  const GemmI8Output& output;
};

/// A block's rows; those that are not staged yet are so by the first pass, strip by strip, which finds them in cache.
struct BlockRows {
  StagedRows staged;
  const RowStaging* staging;  // null when all rows are staged
};

/// Runs one strip of a block's rows on the columns of one pass.
void run_strip(const Product& product, const StagedRows& staged, const Pass& pass, RowRange rows,
               const GemmI8Ahead (&ahead)[2]) {
  const auto& [kernel, b, epilogue, output] = product;
  GemmI8Epilogue e = narrow_epilogue(epilogue, rows.first, pass.n0);
  if (staged.row_sums) e.row_sum = staged.row_sums;
  if (staged.row_scales) e.row_scale = staged.row_scales, e.row_scale_step = 1;
  const size_t offset = rows.first * b.n + pass.n0;
  kernel.run({rows.count,
              pass.columns,
              b.k,
              staged.data,
              staged.stride_bytes,
              b.panels.as<int8_t>() + pass.n0 * b.k_padded,
              output.type,
              static_cast<char*>(output.data) + offset * element_bytes(output.type),
              b.n,
              &e,
              {ahead[0], ahead[1]},
              staged.is_signed});
}

/// Runs one block.
void run_block(const Product& product, BlockRows a, const Block& block) {
  const PanelMemory panels = {product.b.panels.as<char>(), product.b.k_padded};
  each_pass(block, product.kernel.mr, panels.column_bytes, [&](const Pass& pass) {
    each_strip(block.rows.count, product.kernel.mr, [&](RowRange rows, RowRange next) {
      if (a.staging) a.staging->stage(rows);
      const GemmI8Ahead ahead[] = {a.staging ? a.staging->source(next) : GemmI8Ahead(),
                                   share_ahead(panels, pass, rows, block.rows.count)};
      run_strip(product, a.staged.from(rows.first), pass, {block.rows.first + rows.first, rows.count}, ahead);
    });
    a.staging = nullptr;
  });
}

StageTarget stage_target(const GemmI8Kernel& kernel, const PackedInt8& b) {
  return {kernel.a_form, kernel.kr, kernel.flip_columns, b.k, b.n};
}

}  // namespace

Status check_gemm_i8_range(ActivationType type, size_t k, ZeroPoints a, ZeroPoints b) {
  int64_t a_distance = 0, b_distance = 0;
  if (Status s = largest_distance("aZeroPoint", range_of(type), a, &a_distance); !s.ok()) return s;
  if (Status s = largest_distance("bZeroPoint", {-128, 127}, b, &b_distance); !s.ok()) return s;
  const size_t bound = static_cast<size_t>(INT32_MAX / (a_distance * b_distance));
  if (k > bound)
    return Status::error(Code::kRange, "k must be at most " + std::to_string(bound) +
                                           " so that no sum can leave int32, got " + std::to_string(k));
  return {};
}

int32_t staged_zero_point(const KernelSet& set, ActivationType type, int32_t zero_point) {
  const AForm form = set.gemm_i8->a_form;
  if (form == AForm::kU8 && type == ActivationType::kInt8) return zero_point + 128;
  if (form == AForm::kS8 && type == ActivationType::kUint8) return zero_point - 128;
  return zero_point;
}

void fill_column_terms(const KernelSet& set, const PackedInt8& b, int32_t staged_zero, ZeroPoints b_zero,
                       int32_t* terms) {
  const int32_t* sums = b.column_sums.as<int32_t>();
  if (b_zero.count == 0) return set.stage->multiply(sums, b.n, -staged_zero, terms);
  for (size_t j = 0; j < b.n; ++j) {
    const int32_t zb = b_zero.values[b_zero.count == 1 ? 0 : j];
    const uint32_t sum = static_cast<uint32_t>(sums[j]) - static_cast<uint32_t>(b.k) * static_cast<uint32_t>(zb);
    terms[j] = static_cast<int32_t>(0u - static_cast<uint32_t>(staged_zero) * sum);
  }
}

Status run_gemm_i8(const KernelSet& set, const Activations& a, const PackedInt8& b, const GemmI8Epilogue& epilogue,
                   const GemmI8Output& output) {
  if (a.m == 0 || b.n == 0) return {};
  const StageTarget target = stage_target(*set.gemm_i8, b);
  const Grid grid = make_grid({a.m, b.n, b.k, set.gemm_i8->mr, target.row_bytes()});
  const Product product = {*set.gemm_i8, b, epilogue, output};
  const bool with_sums = epilogue.column_factor != nullptr;
  std::atomic<bool> no_memory{false};
  StagedRows shared;  // by all blocks of columns
  if (grid.column_blocks > 1) {
    const RowStaging staging(set, a, target, {0, a.m}, with_sums);
    no_memory = !staging.ok() || !staging.stage_all(grid.threads);
    shared = staging.rows();
  }
  const auto run_one = [&](size_t ticket) {
    const Block block = grid.block(ticket, a.m, b.n);
    if (grid.column_blocks > 1) return run_block(product, {shared.from(block.rows.first), nullptr}, block);
    const RowStaging staging(set, a, target, block.rows, with_sums);
    staging.ok() ? run_block(product, {staging.rows(), &staging}, block) : static_cast<void>(no_memory = true);
  };
  if (grid.tickets() == 1)
    run_one(0);
  else if (!no_memory)
    ThreadPool::instance().parallel_for(grid.tickets(), grid.threads, run_one);
  if (no_memory) return Status::error(Code::kNative, "no memory for rows of k " + std::to_string(b.k));
  return {};
}

Status matmul_i8(const KernelSet& given, const Activations& a, const PackedInt8& b, ZeroPoints a_zero,
                 ZeroPoints b_zero, int32_t* c) {
  const KernelSet& set = kernel_set_for_rows(given, a.m);
  if (Status s = check_gemm_i8_range(a.type, b.k, a_zero, b_zero); !s.ok()) return s;
  const size_t b_terms = b_zero.count == 0 ? 0 : b.n, a_terms = a_zero.count > 1 ? a.m : 0;
  auto* terms = static_cast<int32_t*>(
      scratch(ScratchSlot::kColumnTerms, multiply_sizes(add_sizes(b.n + b_terms, a_terms), sizeof(int32_t))));
  if (terms == nullptr) return Status::error(Code::kNative, "no memory for zero points");
  int32_t* b_factors = terms + b.n;
  int32_t* a_factors = b_factors + b_terms;
  GemmI8Epilogue epilogue;
  if (a_terms > 0) {
    // -za[m] * (column_sum[n] - k * zb[n]): the bracket is a column term for a zero point of -1.
    fill_column_terms(set, b, -1, b_zero, terms);
    for (size_t r = 0; r < a.m; ++r) a_factors[r] = -staged_zero_point(set, a.type, a_zero.values[r]);
    epilogue.row_factor = a_factors;
    epilogue.column_sum = terms;
  } else if (const int32_t zero = staged_zero_point(set, a.type, a_zero.count == 1 ? a_zero.values[0] : 0); zero != 0) {
    fill_column_terms(set, b, zero, b_zero, terms);
    epilogue.column_term = terms;
  }
  for (size_t j = 0; j < b_terms; ++j) b_factors[j] = -b_zero.values[b_zero.count == 1 ? 0 : j];
  if (b_terms > 0) epilogue.column_factor = b_factors;
  return run_gemm_i8(set, a, b, epilogue, {OutputType::kInt32, c});
}

}  // namespace octavo
