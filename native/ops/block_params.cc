#include "ops/block_params.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/sizes.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr double kSmallestPart = 0.5;
constexpr int kSteps = 32;  // ranges from the whole down to that part
constexpr int kFits = 4;    // times that the scale is fitted to what the one before rounds to
constexpr float kSmallestNormal = 0x1p-126f;

float usable(double scale) { return std::max(static_cast<float>(scale), kSmallestNormal); }

double clamped(double value, const BlockSearch& how) {
  return std::min(std::max(value, static_cast<double>(how.low)), static_cast<double>(how.high));
}

/// The nearest integer to |v| < 2^22, ties to even: beyond 1.5 * 2^23 a float32 has no fraction. What is larger stays
/// beyond every level.
inline float round_to_even(float v) {
  constexpr float kShift = 12582912.0f;
  return (v + kShift) - kShift;
}

/// A value's level less the zero point; all of them are float32.
inline float level(float value, float scale, float zero, float low, float high) {
  const float q = round_to_even(value / scale) + zero;
  const float above = q > low ? q : low;
  return (above < high ? above : high) - zero;
}

/// Of a part of a range that contains 0.
BlockParams params_of_range(double min, double max, const BlockSearch& how, double part) {
  const int32_t middle = how.low < 0 ? 0 : (how.high + 1) / 2;
  if (min == max) return {1, how.symmetric ? middle : std::max(how.low, 0)};
  const double full = how.symmetric ? std::max(-min, max) / (how.high - middle) : (max - min) / (how.high - how.low);
  const float scale = usable(full * part);
  if (how.symmetric) return {scale, middle};
  return {scale, static_cast<int32_t>(clamped(std::nearbyint(how.low - (min * part) / scale), how))};
}

constexpr size_t kRanges = kSteps + 1;
constexpr size_t kLanes = 36;  // whole vectors

/// Ranges side by side: each has a sum of its own, in the order of the values.
struct Candidates {
  BlockParams params[kLanes];
  float scale[kLanes], zero[kLanes];
  double error[kLanes];

  Candidates(double min, double max, const BlockSearch& how) {
    for (size_t c = 0; c < kLanes; ++c) {
      const double step = static_cast<double>(std::min(c, kRanges - 1));
      params[c] = params_of_range(min, max, how, 1 - ((1 - kSmallestPart) * step) / kSteps);
      scale[c] = params[c].scale;
      zero[c] = static_cast<float>(params[c].zero_point);
      error[c] = 0;
    }
  }

  void add(float value, float low, float high) {
    float levels[kLanes];
    for (size_t c = 0; c < kLanes; ++c) levels[c] = level(value, scale[c], zero[c], low, high);
    for (size_t c = 0; c < kLanes; ++c) {
      const double difference = value - static_cast<double>(levels[c]) * scale[c];
      error[c] += difference * difference;
    }
  }
};

class Search {
 public:
  Search(const float* values, size_t count, const BlockSearch& how)
      : values_(values),
        count_(count),
        how_(how),
        low_(static_cast<float>(how.low)),
        high_(static_cast<float>(how.high)) {}

  BlockParams best() {
    float min = 0, max = 0;
    for (size_t i = 0; i < count_; ++i) {
      min = values_[i] < min ? values_[i] : min;
      max = values_[i] > max ? values_[i] : max;
    }
    best_ = params_of_range(min, max, how_, 1);
    if (!how_.search || min == max) return best_;
    try_ranges(min, max);
    for (int i = 0; i < kFits; ++i)
      if (!try_fitted()) break;
    return best_;
  }

 private:
  void take(const BlockParams& params, double error) {
    least_ = error;
    best_ = params;
  }

  void try_ranges(double min, double max) {
    Candidates candidates(min, max, how_);
    for (size_t i = 0; i < count_; ++i) candidates.add(values_[i], low_, high_);
    for (size_t c = 0; c < kRanges; ++c)
      if (candidates.error[c] < least_) take(candidates.params[c], candidates.error[c]);
  }

  float level_of(float value, const BlockParams& params) const {
    return level(value, params.scale, static_cast<float>(params.zero_point), low_, high_);
  }

  bool try_fitted() {
    const BlockParams params = {fitted_scale(), best_.zero_point};
    double error = 0;
    for (size_t i = 0; i < count_; ++i) {
      const double difference = values_[i] - static_cast<double>(level_of(values_[i], params)) * params.scale;
      error += difference * difference;
    }
    if (!(error < least_)) return false;
    take(params, error);
    return true;
  }

  /// The scale with the least squared error for the integers that the values are rounded to.
  float fitted_scale() const {
    double products = 0, squares = 0;
    for (size_t i = 0; i < count_; ++i) {
      const double q = level_of(values_[i], best_);
      products += values_[i] * q;
      squares += q * q;
    }
    const double fitted = squares == 0 ? 0 : products / squares;
    return fitted > 0 && std::isfinite(fitted) ? usable(fitted) : best_.scale;
  }

  const float* const values_;
  const size_t count_;
  const BlockSearch& how_;
  const float low_, high_;
  BlockParams best_ = {};
  double least_ = std::numeric_limits<double>::infinity();
};

}  // namespace

BlockParams block_params(const float* values, size_t count, const BlockSearch& how) {
  return Search(values, count, how).best();
}

void choose_blocks(const BlockedRows& matrix, const BlockSearch& how, float* scale, int32_t* zero_point) {
  const auto& [weights, rows, columns, block] = matrix;
  const size_t blocks = divide_up(columns, block);
  ThreadPool::instance().parallel_for(rows, rows, [&, weights = weights, columns = columns, block = block](size_t row) {
    for (size_t b = 0; b < blocks; ++b) {
      const size_t from = b * block, count = std::min(block, columns - from);
      const BlockParams params = block_params(weights + row * columns + from, count, how);
      scale[row * blocks + b] = params.scale;
      zero_point[row * blocks + b] = params.zero_point;
    }
  });
}

}  // namespace octavo
