#include "ops/gemm_blocks.h"

#include <algorithm>

#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kPassBytes = 384 * 1024;  // of packed B that stays in the second level cache while rows pass over it
constexpr size_t kStagedBytes = 2 * 1024 * 1024;  // of staged A
constexpr size_t kLineBytes = 64;
constexpr size_t kMaxBlockRows = 480;
constexpr size_t kColumnUnit = 32;      // blocks of columns start at whole pairs of panels
constexpr double kWorkPerThread = 8e6;  // multiply-adds that are worth waking a thread for

/// The size of equal parts, multiples of `unit`, that cut `whole` into as few as `limit` allows.
size_t balanced_part(size_t whole, size_t limit, size_t unit) {
  const size_t parts = std::max<size_t>(1, divide_up(whole, limit));
  return std::max(unit, round_up(divide_up(whole, parts), unit));
}

}  // namespace

Grid make_grid(const ProductShape& shape) {
  const auto& [m, n, k, mr, row_bytes] = shape;
  const double work = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  const size_t worth = static_cast<size_t>(std::min(work / kWorkPerThread, 4096.0));
  const size_t threads = std::clamp<size_t>(worth, 1, ThreadPool::instance().threads());
  if (threads == 1 && m <= mr * 2) return {m, n, 1, 1, 1};  // small products notice the divisions below
  const size_t fitting = kStagedBytes / std::max<size_t>(row_bytes, 1) / mr * mr;
  size_t row_blocks = divide_up(m, std::clamp(fitting, mr, kMaxBlockRows / mr * mr));
  size_t columns = std::max<size_t>(n, 1);
  if (threads > 1 && divide_up(m, threads) >= 2 * mr)
    row_blocks = round_up(std::max(row_blocks, 2 * threads), threads);  // as many for each thread, and equal
  else if (threads > 1)
    columns = std::max(kColumnUnit, round_up(divide_up(n, 2 * threads), kColumnUnit));
  const size_t rows = divide_up(m, row_blocks);
  return {rows, columns, divide_up(m, rows), divide_up(n, columns), threads};
}

Block Grid::block(size_t ticket, size_t m, size_t n) const {
  const size_t row = ticket / column_blocks * block_rows, n0 = ticket % column_blocks * block_columns;
  return {{row, std::min(block_rows, m - row)}, n0, std::min(n, n0 + block_columns)};
}

size_t pass_columns(size_t columns, size_t column_bytes) {
  if (columns * column_bytes <= kPassBytes) return columns;
  return balanced_part(columns, std::max(kColumnUnit, kPassBytes / column_bytes / kColumnUnit * kColumnUnit),
                       kColumnUnit);
}

GemmI8Ahead share_ahead(const PanelMemory& b, const Pass& pass, RowRange rows, size_t total) {
  const size_t lines = pass.next_columns * b.column_bytes / kLineBytes;
  const size_t from = lines * rows.first / total, to = lines * (rows.first + rows.count) / total;
  return {b.data + pass.next_n0 * b.column_bytes + from * kLineBytes, to - from};
}

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

}  // namespace octavo
