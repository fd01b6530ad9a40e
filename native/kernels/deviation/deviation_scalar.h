// The definition of a deviation, one pair at a time; vector kernels finish their tails with it.
#pragma once

#include <cmath>

#include "kernels/deviation/deviation.h"

namespace octavo {
namespace {

constexpr size_t kLanes = 8;

/// Eight lanes of each sum.
struct DeviationLanes {
  double error_squares[kLanes] = {}, x_squares[kLanes] = {}, y_squares[kLanes] = {}, products[kLanes] = {};
  double largest[kLanes] = {};
  uint64_t clipped = 0;

  void add(size_t lane, float x_value, float y_value, DeviationBounds bounds) {
    const double x = x_value, y = y_value, error = x - y, magnitude = std::fabs(error);
    error_squares[lane] += error * error;
    x_squares[lane] += x * x;
    y_squares[lane] += y * y;
    products[lane] += x * y;
    if (magnitude > largest[lane]) largest[lane] = magnitude;
    if (x < bounds.low || x > bounds.high) ++clipped;
  }
};

inline double sum_of_lanes(const double (&lanes)[kLanes]) {
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

inline Deviation join_lanes(const DeviationLanes& lanes) {
  double largest = 0;
  for (const double lane : lanes.largest) largest = lane > largest ? lane : largest;
  return {sum_of_lanes(lanes.error_squares),
          sum_of_lanes(lanes.x_squares),
          sum_of_lanes(lanes.y_squares),
          sum_of_lanes(lanes.products),
          largest,
          lanes.clipped};
}

/// Pairs from `from` on, which is a multiple of the lanes.
inline Deviation finish(DeviationLanes& lanes, const float* x, const float* y, size_t from, size_t count,
                        DeviationBounds bounds) {
  for (size_t i = from; i < count; ++i) lanes.add(i % kLanes, x[i], y[i], bounds);
  return join_lanes(lanes);
}

}  // namespace
}  // namespace octavo
