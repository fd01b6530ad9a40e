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

/// A value's level less the zero point.
double level(float value, const BlockParams& params, const BlockSearch& how) {
  return clamped(static_cast<double>(std::nearbyint(value / params.scale)) + params.zero_point, how) -
         params.zero_point;
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

class Search {
 public:
  Search(const float* values, size_t count, const BlockSearch& how) : values_(values), count_(count), how_(how) {}

  BlockParams best() {
    double min = 0, max = 0;
    for (size_t i = 0; i < count_; ++i) {
      min = std::min(min, static_cast<double>(values_[i]));
      max = std::max(max, static_cast<double>(values_[i]));
    }
    best_ = params_of_range(min, max, how_, 1);
    if (!how_.search || min == max) return best_;
    for (int step = 0; step <= kSteps; ++step)
      attempt(params_of_range(min, max, how_, 1 - ((1 - kSmallestPart) * step) / kSteps));
    for (int i = 0; i < kFits; ++i)
      if (!attempt({fitted_scale(), best_.zero_point})) break;
    return best_;
  }

 private:
  bool attempt(const BlockParams& params) {
    double error = 0;
    for (size_t i = 0; i < count_; ++i) {
      const double difference = values_[i] - level(values_[i], params, how_) * params.scale;
      error += difference * difference;
    }
    if (!(error < least_)) return false;
    least_ = error;
    best_ = params;
    return true;
  }

  /// The scale with the least squared error for the integers that the values are rounded to.
  float fitted_scale() const {
    double products = 0, squares = 0;
    for (size_t i = 0; i < count_; ++i) {
      const double q = level(values_[i], best_, how_);
      products += values_[i] * q;
      squares += q * q;
    }
    const double fitted = squares == 0 ? 0 : products / squares;
    return fitted > 0 && std::isfinite(fitted) ? usable(fitted) : best_.scale;
  }

  const float* const values_;
  const size_t count_;
  const BlockSearch& how_;
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
