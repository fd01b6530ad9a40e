#include "ops/inverse_factor.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "core/sizes.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kBlock = 64;   // columns that are finished together
constexpr size_t kRows = 256;   // of a ticket
constexpr size_t kAlone = 256;  // a matrix up to this size is not worth waking a thread

Status no_memory() { return Status::error(Code::kNative, "no memory for a block of the matrix"); }

/// body(i) for all tickets, on helpers where the matrix is large; false if one of them was.
template <typename Body>
bool for_tickets(size_t count, size_t n, const Body& body) {
  std::atomic<bool> done{true};
  const auto run = [&](size_t i) {
    if (!body(i)) done = false;
  };
  if (n <= kAlone)
    for (size_t i = 0; i < count; ++i) run(i);
  else
    ThreadPool::instance().parallel_for(count, count, run);
  return done;
}

/// L of the diagonal block from `from` to `to`, whose products with earlier columns are taken away already.
bool factorize_block(const MatrixF64& l, size_t from, size_t to) {
  for (size_t j = from; j < to; ++j) {
    double* const row = l.data + j * l.stride;
    for (size_t i = from; i <= j; ++i) {
      double rest = row[i];
      for (size_t p = from; p < i; ++p) rest = rest - row[p] * l.data[i * l.stride + p];
      if (i < j)
        row[i] = rest / l.data[i * l.stride + i];
      else if (rest > 0 && std::isfinite(rest))
        row[j] = std::sqrt(rest);
      else
        return false;
    }
  }
  return true;
}

/// The columns of a block in the rows below it: solved against the block, the earlier column first.
void solve_rows(const MatrixF64& l, size_t from, size_t to, size_t first, size_t end) {
  double columns[kBlock][kBlock];  // of the block, so that loops run along memory
  for (size_t p = from; p < to; ++p)
    for (size_t j = p; j < to; ++j) columns[p - from][j - from] = l.data[j * l.stride + p];
  const size_t width = to - from;
  for (size_t i = first; i < end; ++i) {
    double* const row = l.data + i * l.stride + from;
    for (size_t p = 0; p < width; ++p) {
      const double value = row[p] = row[p] / columns[p][p];
      for (size_t j = p + 1; j < width; ++j) row[j] = row[j] - value * columns[p][j];
    }
  }
}

/// Replaces the lower triangle of a symmetric matrix by L with L Lᵀ = matrix.
Status factorize(const KernelSet& set, const MatrixF64& l, size_t n) {
  for (size_t from = 0; from < n; from += kBlock) {
    const size_t to = std::min(from + kBlock, n), tickets = divide_up(n - to, kRows);
    if (!factorize_block(l, from, to))
      return Status::error(Code::kRange,
                           "the Gram matrix is not positive definite even when damped: raise the damping");
    const auto rows_of = [&](size_t ticket) {
      return std::pair(to + ticket * kRows, std::min(n, to + ticket * kRows + kRows));
    };
    for_tickets(tickets, n, [&](size_t ticket) {
      const auto [first, end] = rows_of(ticket);
      solve_rows(l, from, to, first, end);
      return true;
    });
    const bool done = for_tickets(tickets, n, [&](size_t ticket) {
      const auto [first, end] = rows_of(ticket);
      return subtract_product(
          set, {end - first, end - to, to - from, l.at(first, from), l.at(to, from), true, l.at(first, to)});
    });
    if (!done) return no_memory();
  }
  return {};
}

/// Rows [from, to) of U = M⁻¹ at columns [first, end), where the sums over rows from `to` on are taken away already.
void finish_inverse(const MatrixF64& u, const double* m, size_t from, size_t to, size_t first, size_t end) {
  const size_t height = to - from;
  for (size_t i = to; i-- > from;) {
    const double* const factors = m + (i - from) * height;
    double* const row = u.data + i * u.stride;
    for (size_t p = i + 1; p < to; ++p)
      for (size_t j = std::max(first, p); j < end; ++j) row[j] = row[j] - factors[p - from] * u.data[p * u.stride + j];
    for (size_t j = std::max(first, i); j < end; ++j) row[j] = row[j] / factors[i - from];
  }
}

/// The inverse of an upper triangular matrix with zeros below the diagonal, in its place: blocks of rows, the last
/// first.
Status invert_upper(const KernelSet& set, const MatrixF64& u, size_t n) {
  std::vector<double> beside(kBlock * n), block(kBlock * kBlock);
  for (size_t to = n; to > 0;) {
    const size_t from = (to - 1) / kBlock * kBlock, height = to - from, rest = n - to;
    for (size_t i = from; i < to; ++i) {
      double* const row = u.data + i * u.stride;
      std::copy(row + to, row + n, beside.data() + (i - from) * rest);
      std::copy(row + from, row + to, block.data() + (i - from) * height);
      std::fill(row + from, row + n, 0.0);
      row[i] = 1.0;  // the right-hand side
    }
    finish_inverse(u, block.data(), from, to, from, to);
    const bool done = for_tickets(divide_up(rest, kRows), n, [&](size_t ticket) {
      const size_t first = to + ticket * kRows, end = std::min(n, first + kRows);
      // What lies below the diagonal is 0: rows from `end` on add nothing.
      const ProductF64 product = {height,          end - first, end - to,         {beside.data(), rest},
                                  u.at(to, first), false,       u.at(from, first)};
      if (!subtract_product(set, product)) return false;
      finish_inverse(u, block.data(), from, to, first, end);
      return true;
    });
    if (!done) return no_memory();
    to = from;
  }
  return {};
}

}  // namespace

Status inverse_factor(const KernelSet& set, double* h, size_t n) {
  const MatrixF64 matrix = {h, n};
  std::reverse(h, h + n * n);  // both rows and columns: the last become the first
  Status status = factorize(set, matrix, n);
  if (!status.ok()) return status;
  std::reverse(h, h + n * n);
  for (size_t i = 1; i < n; ++i) std::fill(h + i * n, h + i * n + i, 0.0);
  return invert_upper(set, matrix, n);
}

}  // namespace octavo
