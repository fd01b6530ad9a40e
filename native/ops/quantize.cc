#include "ops/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/sizes.h"
#include "ops/thread_pool.h"
#include "ops/wide_columns.h"

namespace octavo {
namespace {

constexpr size_t kValuesPerTicket = 256 * 1024;

/// Calls run(begin, end) over pieces of [0, count) whose borders are multiples of `unit`.
template <typename Run>
void in_pieces(size_t count, size_t unit, const Run& run) {
  const size_t piece = round_up(kValuesPerTicket, unit), pieces = divide_up(count, piece);
  if (pieces <= 1) return run(size_t{0}, count);
  ThreadPool::instance().parallel_for(pieces, pieces,
                                      [&](size_t i) { run(i * piece, std::min(count, (i + 1) * piece)); });
}

/// Calls uniform(begin, n, channel) for stretches of one channel.
template <typename Uniform>
void for_stretches(size_t count, const ChannelParams& params, const Uniform& uniform) {
  if (params.channels == 1)
    return in_pieces(count, 1, [&](size_t begin, size_t end) { uniform(begin, end - begin, size_t{0}); });
  in_pieces(count, params.inner, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += params.inner) uniform(i, params.inner, i / params.inner % params.channels);
  });
}

/// Some columns' parameters.
struct ColumnSpan {
  const float* scale;
  const int32_t* zero_point;
  size_t count;
};

/// The parameters of wide rows, with as many more as a row can be shifted by.
class WideParams {
 public:
  explicit WideParams(const ChannelParams& params) : count_(wide_row(params.channels)) {
    scale_.reserve(count_ + kLineValues);
    zero_point_.reserve(count_ + kLineValues);
    while (scale_.size() < count_ + kLineValues) {
      const size_t more = std::min(params.channels, count_ + kLineValues - scale_.size());
      scale_.insert(scale_.end(), params.scale, params.scale + more);
      zero_point_.insert(zero_point_.end(), params.zero_point, params.zero_point + more);
    }
  }
  /// `count` columns from column `first` on, which is below kLineValues.
  ColumnSpan from(size_t first, size_t count) const {
    return {scale_.data() + first, zero_point_.data() + first, count};
  }
  size_t count() const { return count_; }

 private:
  size_t count_;
  std::vector<float> scale_;
  std::vector<int32_t> zero_point_;
};

/// Calls columns(begin, rows, span) for rows of columns; all but the first begin at a cache line of the floats at x if
/// the columns allow that.
template <typename Columns>
void for_columns(const float* x, size_t count, const ChannelParams& params, const Columns& columns) {
  constexpr size_t kFew = 4096;
  if (count <= kFew || count == params.channels)
    return columns(size_t{0}, count / params.channels, {params.scale, params.zero_point, params.channels});
  const WideParams wide(params);
  const size_t lead = values_before_line(x);
  columns(size_t{0}, size_t{1}, wide.from(0, lead));
  in_pieces(count - lead, wide.count(), [&](size_t begin, size_t end) {
    const size_t rows = (end - begin) / wide.count(), last = begin + rows * wide.count();
    columns(lead + begin, rows, wide.from(lead, wide.count()));
    if (last < end) columns(lead + last, size_t{1}, wide.from(lead, end - last));
  });
}

/// Results of so many bytes exceed most last level caches: whoever reads them next finds them in memory anyway. Short
/// stretches cannot go past the caches: each ends with waiting for that.
bool is_streamed(size_t bytes, const ChannelParams& params) {
  constexpr size_t kMuch = size_t{32} << 20, kLongStretch = 64 * 1024;
  return bytes >= kMuch && (params.channels == 1 || params.inner >= kLongStretch);
}

}  // namespace

Status check_params(const ChannelParams& params, size_t count, QuantizeRange range) {
  const size_t block = multiply_sizes(params.channels, params.inner);
  if (block == 0 ? count != 0 : count % block != 0)
    return Status::error(Code::kShape, "length " + std::to_string(count) + " is not a multiple of channels " +
                                           std::to_string(params.channels) + " times inner " +
                                           std::to_string(params.inner));
  for (size_t c = 0; c < params.channels; ++c) {
    if (!(params.scale[c] > 0) || std::isinf(params.scale[c]))
      return Status::error(Code::kRange, "scale[" + std::to_string(c) + "] must be finite and greater than 0, got " +
                                             std::to_string(params.scale[c]));
    if (params.zero_point[c] < range.low || params.zero_point[c] > range.high)
      return Status::error(Code::kRange, "zeroPoint[" + std::to_string(c) + "] must be from " +
                                             std::to_string(range.low) + " to " + std::to_string(range.high) +
                                             ", got " + std::to_string(params.zero_point[c]));
  }
  return {};
}

void quantize(const KernelSet& set, const float* x, uint8_t* q, size_t count, const ChannelParams& params,
              QuantizeRange range) {
  if (count == 0 || params.channels == 0) return;  // an empty tensor may have no inner values to divide by
  if (params.channels > 1 && params.inner == 1)
    return for_columns(x, count, params, [&](size_t at, size_t rows, const ColumnSpan& span) {
      set.quantize->columns(x + at, q + at, rows, {span.scale, span.zero_point, span.count, range});
    });
  const bool streamed = is_streamed(count, params);
  for_stretches(count, params, [&](size_t at, size_t n, size_t c) {
    set.quantize->uniform(x + at, q + at, n, {params.scale[c], params.zero_point[c], range, streamed});
  });
}

void dequantize(const KernelSet& set, const uint8_t* q, float* x, size_t count, const ChannelParams& params,
                bool is_signed) {
  if (count == 0 || params.channels == 0) return;
  if (params.channels > 1 && params.inner == 1)
    return for_columns(x, count, params, [&](size_t at, size_t rows, const ColumnSpan& span) {
      set.dequantize->columns(q + at, x + at, rows, {span.scale, span.zero_point, span.count, is_signed});
    });
  const bool streamed = is_streamed(multiply_sizes(count, sizeof(float)), params);
  for_stretches(count, params, [&](size_t at, size_t n, size_t c) {
    set.dequantize->uniform(q + at, x + at, n, {params.scale[c], params.zero_point[c], is_signed, streamed});
  });
}

}  // namespace octavo
