#include "ops/deviation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/sizes.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kPiece = 1024;
/// Neighbours along the last axis share cache lines: so many of them are collected at a time.
constexpr size_t kTogether = 4;

ChannelDeviation empty_deviation() {
  ChannelDeviation empty;
  empty.min = HUGE_VAL, empty.max = -HUGE_VAL;
  return empty;
}

void add_to(ChannelDeviation& total, const ChannelDeviation& more) {
  total.sums.error_squares += more.sums.error_squares;
  total.sums.x_squares += more.sums.x_squares;
  total.sums.y_squares += more.sums.y_squares;
  total.sums.products += more.sums.products;
  total.sums.largest = std::max(total.sums.largest, more.sums.largest);
  total.sums.clipped += more.sums.clipped;
  total.min = std::min(total.min, more.min);
  total.max = std::max(total.max, more.max);
  total.left_out += more.left_out;
}

bool is_finite(const MinMax& range) { return range.nan_count == 0 && range.infinity_count == 0; }

/// The pairs of finite values among `count`, at most kPiece of them; returns how many there are.
size_t keep_finite(const float* x, const float* y, size_t count, float* kept_x, float* kept_y) {
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
    kept_x[kept] = x[i];
    kept_y[kept++] = y[i];
  }
  return kept;
}

/// One piece of a channel.
ChannelDeviation measure_piece(const KernelSet& set, const float* x, const float* y, size_t count,
                               DeviationBounds bounds) {
  ChannelDeviation found = empty_deviation();
  float kept_x[kPiece], kept_y[kPiece];
  MinMax range = set.minmax->uniform(x, count);
  if (!is_finite(range) || !is_finite(set.minmax->uniform(y, count))) {
    const size_t kept = keep_finite(x, y, count, kept_x, kept_y);
    found.left_out = count - kept;
    x = kept_x, y = kept_y, count = kept;
    range = set.minmax->uniform(x, count);
  }
  found.sums = set.deviation->measure(x, y, count, bounds);
  found.min = range.min;
  found.max = range.max;
  return found;
}

class Measurement {
 public:
  Measurement(const KernelSet& set, const PairView& view, const ChannelParams& params, QuantizeRange range)
      : set_(set), view_(view), params_(params), range_(range) {}

  void whole_tensor(ChannelDeviation& total) const {
    const size_t pieces = divide_up(view_.count, kPiece);
    std::vector<ChannelDeviation> found(pieces);
    constexpr size_t kPiecesPerTicket = 64;
    const size_t tickets = divide_up(pieces, kPiecesPerTicket);
    ThreadPool::instance().parallel_for(tickets, tickets, [&](size_t ticket) {
      const size_t end = std::min(pieces, (ticket + 1) * kPiecesPerTicket);
      for (size_t p = ticket * kPiecesPerTicket; p < end; ++p) {
        const size_t at = p * kPiece;
        found[p] = measure_piece(set_, view_.x + at, view_.y + at, std::min(kPiece, view_.count - at), bounds_of(0));
      }
    });
    for (const ChannelDeviation& piece : found) add_to(total, piece);
  }

  void all_channels(ChannelDeviation* totals) const {
    const size_t together = view_.inner == 1 ? kTogether : 1, groups = divide_up(view_.channels, together);
    ThreadPool::instance().parallel_for(groups, groups, [&](size_t g) {
      some_channels(g * together, std::min(view_.channels, (g + 1) * together), totals);
    });
  }

 private:
  void some_channels(size_t first, size_t end, ChannelDeviation* totals) const {
    const size_t each = view_.count / view_.channels, together = end - first;
    float x[kTogether * kPiece], y[kTogether * kPiece];
    for (size_t at = 0; at < each; at += kPiece) {
      const size_t n = std::min(kPiece, each - at);
      for (size_t i = 0; i < n; ++i)
        for (size_t c = 0; c < together; ++c) {
          const size_t from = place_of(first + c, at + i);
          x[c * kPiece + i] = view_.x[from], y[c * kPiece + i] = view_.y[from];
        }
      for (size_t c = 0; c < together; ++c)
        add_to(totals[first + c], measure_piece(set_, &x[c * kPiece], &y[c * kPiece], n, bounds_of(first + c)));
    }
  }

  /// Where the i-th value of a channel lies.
  size_t place_of(size_t channel, size_t i) const {
    if (view_.inner == 1) return i * view_.channels + channel;
    return (i / view_.inner * view_.channels + channel) * view_.inner + i % view_.inner;
  }

  /// Products of float32 and at most 18 bits: exact in double.
  DeviationBounds bounds_of(size_t channel) const {
    const size_t c = params_.channels == 1 ? 0 : channel;
    const double step = params_.scale[c], zero = params_.zero_point[c];
    return {step * (range_.low - zero - 0.5), step * (range_.high - zero + 0.5)};
  }

  const KernelSet& set_;
  const PairView& view_;
  const ChannelParams& params_;
  QuantizeRange range_;
};

}  // namespace

Status measure_deviations(const KernelSet& set, const PairView& view, const ChannelParams& params, QuantizeRange range,
                          ChannelDeviation* deviations) {
  const size_t block = multiply_sizes(view.channels, view.inner);
  if (block == 0 ? view.count != 0 : view.count % block != 0)
    return Status::error(Code::kShape, "length " + std::to_string(view.count) + " is not a multiple of channels " +
                                           std::to_string(view.channels) + " times inner " +
                                           std::to_string(view.inner));
  if (params.channels != 1 && params.channels != view.channels)
    return Status::error(Code::kShape, "there must be one scale, or one for each of the " +
                                           std::to_string(view.channels) + " channels, got " +
                                           std::to_string(params.channels));
  std::fill(deviations, deviations + view.channels, empty_deviation());
  const Measurement measurement(set, view, params, range);
  if (view.count == 0) return {};
  if (view.channels == 1)
    measurement.whole_tensor(deviations[0]);
  else
    measurement.all_channels(deviations);
  return {};
}

}  // namespace octavo
