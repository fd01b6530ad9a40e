#include "ops/quantize.h"

#include <algorithm>
#include <cmath>

#include "core/sizes.h"
#include "ops/thread_pool.h"

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

/// Calls uniform(begin, n, channel) for stretches of one channel, or columns(begin, rows) for rows of channels.
template <typename Uniform, typename Columns>
void for_channels(size_t count, const ChannelParams& params, const Uniform& uniform, const Columns& columns) {
  if (count == 0) return;  // an empty tensor may have no inner values to divide by
  if (params.channels == 1)
    return in_pieces(count, 1, [&](size_t begin, size_t end) { uniform(begin, end - begin, size_t{0}); });
  if (params.inner == 1)
    return in_pieces(count, params.channels,
                     [&](size_t begin, size_t end) { columns(begin, (end - begin) / params.channels); });
  in_pieces(count, params.inner, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += params.inner) uniform(i, params.inner, i / params.inner % params.channels);
  });
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
  for_channels(
      count, params,
      [&](size_t at, size_t n, size_t c) {
        set.quantize->uniform(x + at, q + at, n, params.scale[c], params.zero_point[c], range);
      },
      [&](size_t at, size_t rows) {
        set.quantize->columns(x + at, q + at, rows, {params.scale, params.zero_point, params.channels, range});
      });
}

void dequantize(const KernelSet& set, const uint8_t* q, float* x, size_t count, const ChannelParams& params,
                bool is_signed) {
  for_channels(
      count, params,
      [&](size_t at, size_t n, size_t c) {
        set.dequantize->uniform(q + at, x + at, n, params.scale[c], params.zero_point[c], is_signed);
      },
      [&](size_t at, size_t rows) {
        for (size_t r = 0; r < rows; ++r, at += params.channels)
          set.dequantize->columns(q + at, x + at, params.channels, params.scale, params.zero_point, is_signed);
      });
}

}  // namespace octavo
