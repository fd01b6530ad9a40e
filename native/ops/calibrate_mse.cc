#include "ops/calibrate_mse.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace octavo {
namespace {

/// One sign's values, by magnitude in widths of a bin.
class Half {
 public:
  /// count(k) is that of [k, k + 1).
  template <typename Count>
  Half(size_t bins, BinModel model, const Count& count) : model_(model), places_(bins + 1) {
    const double spread = model == BinModel::kEven ? 1.0 / 12 : 0.0;
    for (size_t k = 0; k < bins; ++k) {
      const double n = static_cast<double>(count(k)), centre = static_cast<double>(k) + 0.5;
      Place& at = places_[k];
      at.count = n;
      places_[k + 1] = {at.mass + n, at.first + at.mass + n / 2, at.second + at.first + at.mass / 2 + n / 6, 0};
      m1_ += n * centre;
      m2_ += n * (centre * centre + spread);
      if (n > 0) end_ = static_cast<double>(k + 1);
    }
    m0_ = places_[bins].mass;
  }

  /// Prepares at() for levels at multiples of `step`, of which there are at most `levels`.
  void take_step(double step, uint32_t levels) {
    step_ = step;
    const double reached = std::ceil(end_ / step - 0.5);  // higher levels are nobody's nearest
    reached_ = reached < levels ? static_cast<uint32_t>(std::max(reached, 0.0)) : levels;
    if (is_fine()) return;
    sums_.resize(reached_ + 1);
    double sum = 0;
    sums_[0] = 0;
    for (uint32_t level = 1; level <= reached_; ++level)
      sums_[level] = sum += below((static_cast<double>(level) - 0.5) * step);
  }

  /// The sum of squared errors with `levels` levels above 0.
  double at(uint32_t levels) const {
    if (is_fine()) return fine(levels);
    const uint32_t most = std::min(levels, reached_);
    const double top = most * step_;
    return std::max(m2_ + top * (top * m0_ - 2 * m1_) - 2 * step_ * sums_[most], 0.0);
  }

 private:
  struct Place {
    double mass = 0, first = 0, second = 0;  // the sums over x < k of 1, k - x and (k - x)^2 / 2
    double count = 0;                        // in [k, k + 1)
  };

  bool is_fine() const { return model_ == BinModel::kEven && step_ < 0.25; }

  /// The sum of b - x over x < b.
  double below(double b) const {
    const size_t bins = places_.size() - 1;
    const size_t k = std::min(static_cast<size_t>(b), bins);
    const Place& at = places_[k];
    const double t = b - static_cast<double>(k);
    const double inside = model_ == BinModel::kEven ? t * t / 2 : std::max(t - 0.5, 0.0);
    return at.first + at.mass * t + at.count * inside;
  }

  double fine(uint32_t levels) const {
    const double noise = step_ * step_ / 12, top = levels * step_;
    if (top >= end_) return noise * m0_;
    const size_t k = static_cast<size_t>(top);
    const Place& at = places_[k];
    const double t = top - static_cast<double>(k);
    const double square = at.second + t * (at.first + t * (at.mass / 2 + t * at.count / 6));
    const double clipped = m2_ + top * (top * m0_ - 2 * m1_) - 2 * square;
    return std::max(clipped, 0.0) + noise * (at.mass + t * at.count);
  }

  BinModel model_;
  std::vector<Place> places_;
  double m0_ = 0, m1_ = 0, m2_ = 0, end_ = 0;
  double step_ = 0;
  uint32_t reached_ = 0;
  std::vector<double> sums_;
};

struct Halves {
  Half negative, positive;

  Halves(const SignedHistogram& histogram, BinModel model)
      : negative(histogram.bins / 2, model, [&](size_t k) { return histogram.counts[histogram.bins / 2 - 1 - k]; }),
        positive(histogram.bins / 2, model, [&](size_t k) { return histogram.counts[histogram.bins / 2 + k]; }) {}
};

constexpr uint32_t kMostLevels = 1 << 16;

Status check(const SignedHistogram& histogram, const double* steps, size_t count, LevelSpan span) {
  constexpr size_t kMostBins = size_t{1} << 20;
  if (histogram.bins < 2 || histogram.bins % 2 != 0 || histogram.bins > kMostBins)
    return Status::error(Code::kRange,
                         "bins must be an even number from 2 to 2^20, got " + std::to_string(histogram.bins));
  if (span.below > kMostLevels || span.above > kMostLevels)
    return Status::error(Code::kRange, "a quantizer must have at most 2^16 levels on each side of 0");
  for (size_t i = 0; i < count; ++i)
    if (!(steps[i] > 0) || !std::isfinite(steps[i]))
      return Status::error(Code::kRange, "steps[" + std::to_string(i) + "] must be finite and greater than 0, got " +
                                             std::to_string(steps[i]));
  return {};
}

}  // namespace

Status expected_errors(const SignedHistogram& histogram, const double* steps, size_t count, LevelSpan span,
                       BinModel model, double* errors) {
  if (const Status status = check(histogram, steps, count, span); !status.ok()) return status;
  Halves halves(histogram, model);
  for (size_t i = 0; i < count; ++i) {
    halves.negative.take_step(steps[i], span.below);
    halves.positive.take_step(steps[i], span.above);
    errors[i] = halves.negative.at(span.below) + halves.positive.at(span.above);
  }
  return {};
}

Status search_affine(const SignedHistogram& histogram, const double* steps, size_t count, uint32_t levels,
                     AffineChoice* best) {
  if (const Status status = check(histogram, steps, count, {levels, levels}); !status.ok()) return status;
  Halves halves(histogram, BinModel::kEven);
  const uint32_t stride = std::max(levels >> 8, uint32_t{1});
  *best = {0, 0, HUGE_VAL};
  for (size_t i = 0; i < count; ++i) {
    halves.negative.take_step(steps[i], levels);
    halves.positive.take_step(steps[i], levels);
    for (uint32_t below = 0; below <= levels; below += stride) {
      const double error = halves.negative.at(below) + halves.positive.at(levels - below);
      if (error < best->error) *best = {i, below, error};
    }
  }
  return {};
}

}  // namespace octavo
