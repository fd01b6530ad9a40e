#include "ops/gemm_i8.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "core/sizes.h"
#include "ops/scratch.h"
#include "ops/stage_rows.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kPassBytes = 384 * 1024;  // of packed B that stays in the second level cache while rows pass over it
constexpr size_t kStagedBytes = 2 * 1024 * 1024;  // of staged A
constexpr size_t kLineBytes = 64;
constexpr size_t kMaxBlockRows = 480;
constexpr size_t kColumnUnit = 32;      // blocks of columns start at whole pairs of panels
constexpr double kWorkPerThread = 8e6;  // multiply-adds that are worth waking a thread for

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

/// A part of the product: rows by columns, columns starting at a multiple of kColumnUnit.
struct Block {
  RowRange rows;
  size_t n0, n1;
};

/// The epilogue seen from column n0 and, for pointers that cover all rows, from row `first`.
GemmI8Epilogue narrow_epilogue(GemmI8Epilogue e, size_t first, size_t n0) {
  if (e.column_term) e.column_term += n0;
  if (e.column_sum) e.column_sum += n0;
  if (e.column_factor) e.column_factor += n0;
  if (e.column_scale) e.column_scale += n0;
  if (e.bias) e.bias += n0;
  if (e.residual) e.residual += first * e.residual_stride + n0;
  if (e.row_factor) e.row_factor += first;
  if (e.row_scale) e.row_scale += first * e.row_scale_step;
  return e;
}

/// The size of equal parts, multiples of `unit`, that cut `whole` into as few as `limit` allows.
size_t balanced_part(size_t whole, size_t limit, size_t unit) {
  const size_t parts = std::max<size_t>(1, divide_up(whole, limit));
  return std::max(unit, round_up(divide_up(whole, parts), unit));
}

/// Columns whose panels stay in cache while all rows of a block meet them, and the columns of the pass that follows.
struct Pass {
  size_t n0, columns, next_n0, next_columns;
};

/// The part of the next pass's panels that `rows` of the block's `total` bring closer, so that no strip has to wait for
/// memory: each takes its share while it computes on what is in cache already.
GemmI8Ahead share_ahead(const PackedInt8& b, const Pass& pass, RowRange rows, size_t total) {
  const size_t lines = pass.next_columns * b.k_padded / kLineBytes;
  const size_t from = lines * rows.first / total, to = lines * (rows.first + rows.count) / total;
  return {b.panels.as<char>() + pass.next_n0 * b.k_padded + from * kLineBytes, to - from};
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
  const StagedRows& staged;
  const RowStaging* staging;  // null when all rows are staged
};

/// Rows of the next strip: `left` rows in as few strips as possible, as equal as possible.
size_t strip_rows(size_t left, size_t mr) { return left == 0 ? 0 : divide_up(left, divide_up(left, mr)); }

/// Runs all strips of a block's rows on the columns of one pass.
void run_pass(const Product& product, const BlockRows& a, const RowRange& block, const Pass& pass) {
  const auto& [kernel, b, epilogue, output] = product;
  size_t rows = strip_rows(block.count, kernel.mr);
  for (size_t r = 0, next = 0; r < block.count; r += rows, rows = next) {
    next = strip_rows(block.count - r - rows, kernel.mr);
    if (a.staging) a.staging->stage({r, rows});
    const GemmI8Ahead rows_ahead = a.staging ? a.staging->source({r + rows, next}) : GemmI8Ahead();
    const StagedRows staged = a.staged.from(r);
    GemmI8Epilogue e = narrow_epilogue(epilogue, block.first + r, pass.n0);
    if (staged.row_sums) e.row_sum = staged.row_sums;
    if (staged.row_scales) e.row_scale = staged.row_scales, e.row_scale_step = 1;
    const size_t offset = (block.first + r) * b.n + pass.n0;
    kernel.run({rows,
                pass.columns,
                b.k,
                staged.data,
                staged.stride_bytes,
                b.panels.as<int8_t>() + pass.n0 * b.k_padded,
                output.type,
                static_cast<char*>(output.data) + offset * element_bytes(output.type),
                b.n,
                &e,
                {rows_ahead, share_ahead(b, pass, {r, rows}, block.count)},
                staged.is_signed});
  }
}

/// Columns of each of a block's passes.
size_t pass_columns(size_t columns, size_t k_padded) {
  if (columns * k_padded <= kPassBytes) return columns;
  return balanced_part(columns, std::max(kColumnUnit, kPassBytes / k_padded / kColumnUnit * kColumnUnit), kColumnUnit);
}

/// Runs one block.
void run_block(const Product& product, BlockRows a, const Block& block) {
  const size_t columns = pass_columns(block.n1 - block.n0, product.b.k_padded);
  for (size_t n0 = block.n0; n0 < block.n1; n0 += columns, a.staging = nullptr) {
    const size_t n1 = std::min(n0 + columns, block.n1), next = n1 < block.n1 ? n1 : block.n0;
    const Pass pass = {n0, n1 - n0, next, std::min(columns, block.n1 - next)};
    run_pass(product, a, block.rows, pass);
  }
}

/// How a product is cut among threads: by rows where there are enough, else by columns.
struct Grid {
  size_t block_rows, block_columns, row_blocks, column_blocks, threads;
};

Grid make_grid(const KernelSet& set, size_t m, const PackedInt8& b) {
  const GemmI8Kernel& kernel = *set.gemm_i8;
  const double work = static_cast<double>(m) * static_cast<double>(b.n) * static_cast<double>(b.k);
  const size_t worth = static_cast<size_t>(std::min(work / kWorkPerThread, 4096.0));
  const size_t threads = std::clamp<size_t>(worth, 1, ThreadPool::instance().threads());
  if (threads == 1 && m <= kernel.mr * 2) return {m, b.n, 1, 1, 1};  // small products notice the divisions below
  const size_t fitting = kStagedBytes / std::max<size_t>(staged_row_bytes(kernel, b.k), 1) / kernel.mr * kernel.mr;
  size_t row_blocks = divide_up(m, std::clamp(fitting, kernel.mr, kMaxBlockRows / kernel.mr * kernel.mr));
  size_t columns = std::max<size_t>(b.n, 1);
  if (threads > 1 && divide_up(m, threads) >= 2 * kernel.mr)
    row_blocks = round_up(std::max(row_blocks, 2 * threads), threads);  // as many for each thread, and equal
  else if (threads > 1)
    columns = std::max(kColumnUnit, round_up(divide_up(b.n, 2 * threads), kColumnUnit));
  const size_t rows = divide_up(m, row_blocks);
  return {rows, columns, divide_up(m, rows), divide_up(b.n, columns), threads};
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
  const Grid grid = make_grid(set, a.m, b);
  const Product product = {*set.gemm_i8, b, epilogue, output};
  const bool with_sums = epilogue.column_factor != nullptr;
  std::atomic<bool> no_memory{false};
  StagedRows shared;  // by all blocks of columns
  if (grid.column_blocks > 1) {
    const RowStaging staging(set, a, b, {0, a.m}, with_sums);
    no_memory = !staging.ok() || !staging.stage_all(grid.threads);
    shared = staging.rows();
  }
  const auto run_one = [&](size_t ticket) {
    const size_t row = ticket / grid.column_blocks * grid.block_rows;
    const size_t n0 = ticket % grid.column_blocks * grid.block_columns;
    const Block block = {{row, std::min(grid.block_rows, a.m - row)}, n0, std::min(b.n, n0 + grid.block_columns)};
    if (grid.column_blocks > 1) {
      const StagedRows rows = shared.from(row);
      return run_block(product, {rows, nullptr}, block);
    }
    const RowStaging staging(set, a, b, block.rows, with_sums);
    staging.ok() ? run_block(product, {staging.rows(), &staging}, block) : static_cast<void>(no_memory = true);
  };
  const size_t tickets = grid.row_blocks * grid.column_blocks;
  if (tickets == 1)
    run_one(0);
  else if (!no_memory)
    ThreadPool::instance().parallel_for(tickets, grid.threads, run_one);
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
