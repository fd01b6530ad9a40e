#include "ops/calibrate_entropy.h"

#include <cmath>
#include <vector>

#include "core/natural_log.h"

namespace octavo {
namespace {

/// n ln n, 0 for 0.
double n_log_n(double n) { return n > 0 ? n * natural_log(n) : 0; }

/// Sums over the bins below each one.
class PrefixSums {
 public:
  explicit PrefixSums(const MagnitudeHistogram& histogram)
      : bins_(histogram.bins), mass_(bins_ + 1), used_(bins_ + 1), logs_(bins_ + 1), log_of_count_(bins_ + 1) {
    for (size_t k = 0; k < bins_; ++k) {
      const auto count = static_cast<double>(histogram.counts[k]);
      mass_[k + 1] = mass_[k] + count;
      used_[k + 1] = used_[k] + (count > 0 ? 1 : 0);
      logs_[k + 1] = logs_[k] + n_log_n(count);
      log_of_count_[k + 1] = natural_log(static_cast<double>(k + 1));
    }
  }

  double divergence(size_t clip, size_t levels) const {
    const double total = mass_[bins_], kept = mass_[clip], beyond = total - kept;
    if (total == 0) return 0;
    size_t fold = clip - 1;  // the bin that takes in what lies beyond
    if (clip == levels)
      while (fold > 0 && count(fold) == 0) --fold;
    if (beyond > 0 && count(fold) == 0) return HUGE_VAL;
    const double p_log_p = logs_[fold] + n_log_n(count(fold) + beyond) + (logs_[clip] - logs_[fold + 1]);
    return (p_log_p - p_log_q(clip, levels, {fold * levels / clip, beyond})) / total - natural_log(total / kept);
  }

 private:
  /// What is added to the mass of a level.
  struct Folded {
    size_t level;
    double mass;
  };

  double count(size_t bin) const { return mass_[bin + 1] - mass_[bin]; }

  /// Sum of P ln Q before both are divided by their sums.
  double p_log_q(size_t clip, size_t levels, Folded folded) const {
    double sum = 0, begin_mass = 0;
    size_t begin_used = 0;
    for (size_t level = 0; level < levels; ++level) {
      const size_t end = ((level + 1) * clip + levels - 1) / levels;  // the first bin of the next level
      const double end_mass = mass_[end], mass = end_mass - begin_mass;
      const size_t end_used = used_[end];
      if (mass > 0)
        sum += (level == folded.level ? mass + folded.mass : mass) *
               (natural_log(mass) - log_of_count_[end_used - begin_used]);
      begin_mass = end_mass;
      begin_used = end_used;
    }
    return sum;
  }

  size_t bins_;
  std::vector<double> mass_;
  std::vector<size_t> used_;
  std::vector<double> logs_, log_of_count_;
};

}  // namespace

Status entropy_divergences(const MagnitudeHistogram& histogram, size_t levels, double* divergences) {
  constexpr size_t kMost = size_t{1} << 20;
  if (levels == 0 || histogram.bins < levels || histogram.bins > kMost)
    return Status::error(Code::kRange, "levels must be from 1 to the number of bins, which is at most 2^20; got " +
                                           std::to_string(levels) + " levels and " + std::to_string(histogram.bins) +
                                           " bins");
  const PrefixSums sums(histogram);
  for (size_t clip = levels; clip <= histogram.bins; ++clip) divergences[clip - levels] = sums.divergence(clip, levels);
  return {};
}

}  // namespace octavo
