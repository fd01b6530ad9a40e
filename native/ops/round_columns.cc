#include "ops/round_columns.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "core/aligned_buffer.h"
#include "core/sizes.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kPanel = 128;  // columns whose errors are gathered before the rest of the row takes them in
constexpr size_t kRows = 64;    // of a ticket

/// Where a panel that begins at `from` ends: within a block, or with one, so that what is refitted has taken all errors
/// in.
size_t panel_end(size_t from, size_t columns, size_t block) {
  const size_t size = block == 0        ? kPanel
                      : block >= kPanel ? std::min(kPanel, block - from % block)
                                        : kPanel / block * block;
  return std::min(from + size, columns);
}

/// A few rows, with memory of their own.
template <typename Levels>
class RowBatch {
 public:
  RowBatch(const KernelSet& set, const ColumnRounding& problem, const Levels& levels, size_t first, size_t end)
      : set_(set),
        problem_(problem),
        levels_(levels),
        first_(first),
        rows_(end - first),
        n_(problem.columns),
        block_(block_to_refit()) {}

  /// False when there is no memory.
  bool allocate() {
    return weights_.allocate(rows_ * n_ * sizeof(double)) && errors_.allocate(rows_ * kPanel * sizeof(double)) &&
           totals_.allocate(rows_ * sizeof(double)) && floats_.allocate(std::max(block_, kPanel) * sizeof(float));
  }

  /// Rounds all columns; total(row) is what that cost.
  bool run(int16_t* codes) {
    load();
    for (size_t from = 0, to; from < n_; from = to) {
      to = panel_end(from, n_, block_);
      for (size_t r = 0; r < rows_; ++r) round_panel(r, from, to, codes + (first_ + r) * n_);
      const bool done = subtract_product(set_, {rows_,
                                                n_ - to,
                                                to - from,
                                                {errors_.as<double>(), kPanel},
                                                {problem_.factor + from * n_ + to, n_},
                                                false,
                                                {weights_.as<double>() + to, n_}});
      if (!done) return false;
    }
    return true;
  }
  double total(size_t row) const { return totals_.as<double>()[row - first_]; }

 private:
  size_t block_to_refit() const {
    if constexpr (requires { levels_.blocks; }) return problem_.refit == nullptr ? 0 : std::min(levels_.block, n_);
    return 0;
  }

  void load() {
    auto* const weights = weights_.as<double>();
    std::fill_n(totals_.as<double>(), rows_, 0.0);
    for (size_t r = 0; r < rows_; ++r)
      for (size_t i = 0; i < n_; ++i) {
        const auto column = static_cast<size_t>(problem_.order[i]);
        weights[r * n_ + i] = problem_.dead[column] != 0 ? 0.0 : problem_.weights[(first_ + r) * n_ + column];
      }
  }

  void refit(size_t row, const double* values, size_t from) {
    if constexpr (requires { levels_.blocks; }) {
      const size_t count = std::min(block_, n_ - from);
      auto* const floats = floats_.as<float>();
      std::transform(values, values + count, floats, [](double value) { return static_cast<float>(value); });
      const BlockParams params = block_params(floats, count, *problem_.refit);
      const size_t at = levels_.index(row, from);
      levels_.scale[at] = params.scale;
      levels_.zero_point[at] = params.zero_point;
    }
  }

  void round_panel(size_t r, size_t from, size_t to, int16_t* codes) {
    double *const weights = weights_.as<double>() + r * n_, *const errors = errors_.as<double>() + r * kPanel;
    const size_t row = first_ + r;
    double total = totals_.as<double>()[r];
    for (size_t i = from; i < to; ++i) {
      const auto column = static_cast<size_t>(problem_.order[i]);
      if (block_ != 0 && i % block_ == 0) refit(row, weights + i, i);
      const int32_t code = levels_.nearest(row, column, weights[i]);
      codes[column] = static_cast<int16_t>(code);
      const double* const factor = problem_.factor + i * n_;
      const double error = (weights[i] - levels_.weight(row, column, code)) / factor[i];
      errors[i - from] = error;
      total = total + error * error;
      for (size_t j = i + 1; j < to; ++j) weights[j] = weights[j] - error * factor[j];
    }
    totals_.as<double>()[r] = total;
  }

  const KernelSet& set_;
  const ColumnRounding& problem_;
  Levels levels_;
  const size_t first_, rows_, n_;
  const size_t block_;  // 0: none is refitted
  AlignedBuffer weights_, errors_, totals_, floats_;
};

struct RowSpan {
  size_t first, end;
};

/// body(span) for all rows, some at a time.
template <typename Body>
Status for_rows(const ColumnRounding& problem, const Body& body) {
  std::atomic<bool> done{true};
  const size_t first = problem.first_row, end = problem.end_row, tickets = divide_up(end - first, kRows);
  ThreadPool::instance().parallel_for(tickets, tickets, [&](size_t ticket) {
    const size_t from = first + ticket * kRows;
    if (!body(RowSpan{from, std::min(end, from + kRows)})) done = false;
  });
  return done ? Status{} : Status::error(Code::kNative, "no memory for a block of the matrix");
}

/// Tries the scales of some rows times each part, and keeps the best of each row.
class PartSearch {
 public:
  PartSearch(const KernelSet& set, const ColumnRounding& problem, const StepLevels& levels, size_t first, size_t end)
      : problem_(problem),
        levels_(levels),
        first_(first),
        rows_(end - first),
        scales_(rows_ * levels.blocks),
        batch_(set, problem, levels, first, end) {}

  bool run(int16_t* codes) {
    const size_t count = rows_ * problem_.columns;
    if (!batch_.allocate() || !best_codes_.allocate(count * sizeof(int16_t)) || !best_scale_.allocate(scale_bytes()) ||
        !given_.allocate(scale_bytes()) || !least_.allocate(rows_ * sizeof(double)))
      return false;
    std::fill_n(least_.as<double>(), rows_, std::numeric_limits<double>::infinity());
    std::copy_n(scale(), scales_, given_.as<float>());
    std::copy_n(scale(), scales_, best_scale_.as<float>());
    int16_t* const own = codes + first_ * problem_.columns;
    std::copy_n(own, count, best_codes_.as<int16_t>());
    for (size_t part = 0; part < problem_.part_count; ++part) {
      for (size_t i = 0; i < scales_; ++i) scale()[i] = scaled(given_.as<float>()[i], problem_.parts[part]);
      if (!batch_.run(codes)) return false;
      for (size_t r = 0; r < rows_; ++r) keep_if_better(r, own);
    }
    std::copy_n(best_codes_.as<int16_t>(), count, own);
    std::copy_n(best_scale_.as<float>(), scales_, scale());
    return true;
  }

 private:
  size_t scale_bytes() const { return scales_ * sizeof(float); }
  float* scale() const { return levels_.scale + first_ * levels_.blocks; }
  static float scaled(float scale, double part) {
    return std::clamp(static_cast<float>(scale * part), std::numeric_limits<float>::min(),
                      std::numeric_limits<float>::max());
  }
  void keep_if_better(size_t r, const int16_t* codes) {
    const double total = batch_.total(first_ + r);
    if (!(total < least_.as<double>()[r])) return;
    least_.as<double>()[r] = total;
    const size_t n = problem_.columns, blocks = levels_.blocks;
    std::copy_n(codes + r * n, n, best_codes_.as<int16_t>() + r * n);
    std::copy_n(scale() + r * blocks, blocks, best_scale_.as<float>() + r * blocks);
  }

  const ColumnRounding& problem_;
  const StepLevels levels_;
  const size_t first_, rows_, scales_;
  AlignedBuffer given_, best_scale_, best_codes_, least_;
  RowBatch<StepLevels> batch_;
};

/// Each row once.
template <typename Levels>
bool round_once(const KernelSet& set, const ColumnRounding& problem, const Levels& levels, RowSpan span,
                int16_t* codes) {
  RowBatch<Levels> batch(set, problem, levels, span.first, span.end);
  return batch.allocate() && batch.run(codes);
}

}  // namespace

Status round_columns(const KernelSet& set, const ColumnRounding& problem, const StepLevels& levels, int16_t* codes) {
  return for_rows(problem, [&](RowSpan span) {
    if (problem.part_count == 1 && problem.parts[0] == 1) return round_once(set, problem, levels, span, codes);
    return PartSearch(set, problem, levels, span.first, span.end).run(codes);
  });
}

Status round_columns(const KernelSet& set, const ColumnRounding& problem, const TableLevels& levels, int16_t* codes) {
  return for_rows(problem, [&](RowSpan span) { return round_once(set, problem, levels, span, codes); });
}

}  // namespace octavo
