#include "ops/refine_codes.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "core/aligned_buffer.h"
#include "core/sizes.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kPanel = 128;  // columns whose changes are gathered before the rest of the row takes them in
constexpr size_t kRows = 64;    // of a ticket

/// A few rows with their slopes, - e H: where a weight's error should go.
template <typename Levels>
class Refinement {
 public:
  Refinement(const KernelSet& set, const CodeRefinement& problem, const Levels& levels, size_t first, size_t end)
      : set_(set), problem_(problem), levels_(levels), first_(first), rows_(end - first), n_(problem.columns) {}

  /// False when there is no memory.
  bool run(int16_t* codes) {
    if (!slopes_.allocate(rows_ * n_ * sizeof(double)) || !work_.allocate(rows_ * n_ * sizeof(double)) ||
        !changes_.allocate(rows_ * std::max(kPanel, widest_block()) * sizeof(double)))
      return false;
    codes_ = codes + first_ * n_;
    if (!load_slopes()) return false;
    for (size_t sweep = 0; sweep < problem_.sweeps; ++sweep) {
      changed_ = false;
      if (problem_.scales && !fit_scales()) return false;
      for (size_t from = 0; from < n_; from += kPanel)
        if (!refine_panel(from, std::min(from + kPanel, n_))) return false;
      if (!changed_) break;
    }
    return true;
  }

 private:
  size_t widest_block() const {
    if constexpr (requires { levels_.blocks; }) return std::min(levels_.block, n_);
    return 0;
  }
  double* slopes(size_t r) { return slopes_.as<double>() + r * n_; }
  double weight_of(size_t r, size_t column) const {
    return levels_.weight(first_ + r, column, codes_[r * n_ + column]);
  }

  bool load_slopes() {
    auto* const errors = work_.as<double>();
    for (size_t r = 0; r < rows_; ++r)
      for (size_t j = 0; j < n_; ++j) {
        const double weight = problem_.dead[j] != 0 ? 0.0 : problem_.weights[(first_ + r) * n_ + j];
        errors[r * n_ + j] = weight - weight_of(r, j);
      }
    std::fill_n(slopes(0), rows_ * n_, 0.0);
    return subtract_product(set_, {rows_, n_, n_, {errors, n_}, {problem_.hessian, n_}, false, {slopes(0), n_}});
  }

  bool refine_panel(size_t from, size_t to) {
    bool any = false;
    for (size_t r = 0; r < rows_; ++r) any = refine_row(r, from, to) || any;
    if (!any) return true;
    changed_ = true;
    return spread(from, to, 0, from) && spread(from, to, to, n_);
  }

  /// What the changes of a panel do to the slopes of columns [first, end).
  bool spread(size_t from, size_t to, size_t first, size_t end) {
    return subtract_product(set_, {rows_,
                                   end - first,
                                   to - from,
                                   {changes_.as<double>(), kPanel},
                                   {problem_.hessian + from * n_ + first, n_},
                                   false,
                                   {slopes(0) + first, n_}});
  }

  bool refine_row(size_t r, size_t from, size_t to) {
    double *const slope = slopes(r), *const changes = changes_.as<double>() + r * kPanel;
    bool any = false;
    for (size_t j = from; j < to; ++j) {
      const double* const h = problem_.hessian + j * n_;
      const double now = weight_of(r, j);
      const int32_t code = levels_.nearest(first_ + r, j, now - slope[j] / h[j]);
      const double change = levels_.weight(first_ + r, j, code) - now;
      changes[j - from] = -change;
      if (change == 0) continue;
      codes_[r * n_ + j] = static_cast<int16_t>(code);
      for (size_t i = from; i < to; ++i) slope[i] = slope[i] + change * h[i];
      any = true;
    }
    return any;
  }

  /// Block by block, each with the slopes that the one before left.
  bool fit_scales() {
    if constexpr (requires { levels_.blocks; }) {
      for (size_t from = 0; from < n_; from += levels_.block)
        if (!fit_block(from, std::min(from + levels_.block, n_) - from)) return false;
    }
    return true;
  }

  bool fit_block(size_t from, size_t width) {
    auto *const quanta = changes_.as<double>(), *const products = work_.as<double>();
    for (size_t r = 0; r < rows_; ++r) {
      const double zero_point = levels_.zero_point[levels_.index(first_ + r, from)];
      for (size_t j = 0; j < width; ++j) quanta[r * width + j] = codes_[r * n_ + from + j] - zero_point;
    }
    std::fill_n(products, rows_ * n_, 0.0);  // - q H
    const ProductF64 product = {rows_,         n_, width, {quanta, width}, {problem_.hessian + from * n_, n_}, false,
                                {products, n_}};
    if (!subtract_product(set_, product)) return false;
    for (size_t r = 0; r < rows_; ++r) {
      const double step = fit_scale(r, from, width, quanta + r * width, products + r * n_ + from);
      if (step == 0) continue;
      changed_ = true;
      double *const slope = slopes(r), *const row = products + r * n_;
      for (size_t j = 0; j < n_; ++j) slope[j] = slope[j] - step * row[j];
    }
    return true;
  }

  /// Moves a block's scale to the best one; what it was raised by.
  double fit_scale(size_t r, size_t from, size_t width, const double* quanta, const double* products) {
    const double* const slope = slopes(r) + from;
    double descent = 0, curvature = 0;
    for (size_t j = 0; j < width; ++j) {
      descent = descent - quanta[j] * slope[j];
      curvature = curvature - quanta[j] * products[j];
    }
    float& scale = levels_.scale[levels_.index(first_ + r, from)];
    const double fitted = scale + descent / curvature;
    if (!(curvature > 0) || !(fitted >= std::numeric_limits<float>::min()) ||
        !(fitted <= std::numeric_limits<float>::max()))
      return 0;
    const double before = scale;
    scale = static_cast<float>(fitted);
    return static_cast<double>(scale) - before;
  }

  const KernelSet& set_;
  const CodeRefinement& problem_;
  const Levels levels_;
  const size_t first_, rows_, n_;
  int16_t* codes_ = nullptr;
  bool changed_ = false;
  AlignedBuffer slopes_, work_, changes_;
};

template <typename Levels>
Status refine(const KernelSet& set, const CodeRefinement& problem, const Levels& levels, int16_t* codes) {
  std::atomic<bool> done{true};
  const size_t first = problem.first_row, end = problem.end_row, tickets = divide_up(end - first, kRows);
  ThreadPool::instance().parallel_for(tickets, tickets, [&](size_t ticket) {
    const size_t from = first + ticket * kRows;
    Refinement<Levels> batch(set, problem, levels, from, std::min(end, from + kRows));
    if (!batch.run(codes)) done = false;
  });
  return done ? Status{} : Status::error(Code::kNative, "no memory for a block of the matrix");
}

}  // namespace

Status refine_codes(const KernelSet& set, const CodeRefinement& problem, const StepLevels& levels, int16_t* codes) {
  return refine(set, problem, levels, codes);
}

Status refine_codes(const KernelSet& set, const CodeRefinement& problem, const TableLevels& levels, int16_t* codes) {
  return refine(set, problem, levels, codes);
}

}  // namespace octavo
