#include "ops/sketch.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "core/sizes.h"
#include "ops/channel_sketch.h"
#include "ops/scratch.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

/// Values for which it pays to wake a thread.
constexpr size_t kValuesPerThread = 256 * 1024;
/// Channels whose values are gathered together, a cache line of them where they lie side by side; values of each.
constexpr size_t kGathered = 16, kGatheredValues = 4096;
/// Values between gathered channels, which would collide in the first level cache.
constexpr size_t kApart = 16;
/// Runs of a channel from here on are taken where they lie.
constexpr size_t kLongRun = 1024;

size_t threads_for(size_t count) {
  return std::clamp<size_t>(count / kValuesPerThread, 1, ThreadPool::instance().threads());
}

/// One channel: each thread has a sketch of its own, and these are merged.
void observe_whole(const KernelSet& set, const float* x, size_t count, const SketchWords& sketch) {
  const size_t threads = threads_for(count), each = divide_up(count, threads), words = SketchWords::kHead + sketch.bins;
  std::vector<uint64_t> others((threads - 1) * words);
  const auto words_of = [&](size_t i) { return i == 0 ? sketch.words : others.data() + (i - 1) * words; };
  ThreadPool::instance().parallel_for(threads, threads, [&](size_t i) {
    const size_t begin = std::min(i * each, count);
    ChannelSketch(words_of(i), sketch.bins).add(set, x + begin, std::min(each, count - begin));
  });
  ChannelSketch whole(sketch.words, sketch.bins);
  for (size_t i = 1; i < threads; ++i) whole.merge(ChannelSketch(words_of(i), sketch.bins));
}

/// Channels [first, end), whose runs are long.
void observe_runs(const KernelSet& set, const ChannelView& view, const SketchWords& sketch, size_t first, size_t end) {
  const size_t block = view.channels * view.inner;
  for (size_t c = first; c < end; ++c) {
    ChannelSketch channel(sketch.channel(c), sketch.bins);
    for (size_t at = c * view.inner; at < view.count; at += block) channel.add(set, view.x + at, view.inner);
  }
}

/// Runs of neighbouring channels in rows that lie `stride` apart.
struct RunGrid {
  size_t rows, stride, channels, inner;
};

/// Copies each channel's runs behind each other, the channels `apart` from each other.
void gather(const float* x, const RunGrid& grid, float* out, size_t apart) {
  const auto [rows, stride, channels, inner] = grid;
  for (size_t r = 0; r < rows; ++r, x += stride, out += inner) {
    if (inner == 1)  // a call for each value would take longer than all else
      for (size_t c = 0; c < channels; ++c) out[c * apart] = x[c];
    else
      for (size_t c = 0; c < channels; ++c) std::memcpy(out + c * apart, x + c * inner, inner * sizeof(float));
  }
}

/// Channels [first, end), at most kGathered, whose runs are short: copies make them long. Without memory for all of
/// them they are taken one after the other.
void observe_gathered(const KernelSet& set, const ChannelView& view, const SketchWords& sketch, size_t first,
                      size_t end) {
  const size_t block = view.channels * view.inner, rows = view.count / block;
  const size_t rows_at_once = std::clamp<size_t>(kGatheredValues / view.inner, 1, rows);
  const size_t apart = rows_at_once * view.inner + kApart;
  float few[kLongRun];
  auto* gathered = static_cast<float*>(scratch(ScratchSlot::kGatheredRuns, kGathered * apart * sizeof(float)));
  const bool all = gathered != nullptr;
  const size_t at_once = all ? rows_at_once : 1, together = all ? end - first : 1;
  for (size_t c = first; c < end; c += together)
    for (size_t row = 0; row < rows; row += at_once) {
      const size_t taken = std::min(at_once, rows - row);
      const float* x = view.x + row * block + c * view.inner;
      gather(x, {taken, block, together, view.inner}, all ? gathered : few, apart);
      for (size_t i = 0; i < together; ++i)
        ChannelSketch(sketch.channel(c + i), sketch.bins)
            .add(set, (all ? gathered : few) + i * apart, taken * view.inner);
    }
}

/// kRange if one of the channels cannot count as many more as `more` says.
template <typename More>
Status check_room(const SketchWords& sketch, const More& more) {
  for (size_t c = 0; c < sketch.channels; ++c)
    if (sketch.channel(c)[0] > std::numeric_limits<uint64_t>::max() - more(c))
      return Status::error(Code::kRange, "a sketch counts at most 2^64 - 1 values in a channel");
  return {};
}

}  // namespace

Status check_sketch(const SketchWords& sketch) {
  const size_t bins = sketch.bins;
  if (bins < 2 || bins > (size_t{1} << 20) || (bins & (bins - 1)) != 0)
    return Status::error(Code::kRange, "bins must be a power of two from 2 to 2^20, got " + std::to_string(bins));
  for (size_t c = 0; c < sketch.channels; ++c) {
    SketchHead head;
    std::memcpy(&head, sketch.channel(c), sizeof head);
    if (head.width > SketchWords::kMostWidth)
      return Status::error(Code::kRange, "the range of channel " + std::to_string(c) + " is none of float32");
  }
  return {};
}

Status observe_sketch(const KernelSet& set, const ChannelView& view, const SketchWords& sketch) {
  const size_t block = multiply_sizes(view.channels, view.inner);
  if (block == 0 ? view.count != 0 : view.count % block != 0)
    return Status::error(Code::kShape, "length " + std::to_string(view.count) + " is not a multiple of channels " +
                                           std::to_string(view.channels) + " times inner " +
                                           std::to_string(view.inner));
  if (view.count == 0) return {};
  Status status = check_room(sketch, [&](size_t) { return view.count / view.channels; });
  if (!status.ok()) return status;
  if (view.channels == 1) {
    observe_whole(set, view.x, view.count, sketch);
    return {};
  }
  const bool is_long = view.inner >= kLongRun;
  const size_t group = is_long ? 1 : kGathered;
  ThreadPool::instance().parallel_for(divide_up(view.channels, group), threads_for(view.count), [&](size_t i) {
    const size_t first = i * group, end = std::min(first + group, view.channels);
    (is_long ? observe_runs : observe_gathered)(set, view, sketch, first, end);
  });
  return {};
}

Status observe_blocks(const KernelSet& set, const BlockView& view, const SketchWords& sketch) {
  const auto [x, count, axis, inner, block] = view;
  const size_t row = multiply_sizes(axis, inner), blocks = block == 0 ? 0 : divide_up(axis, block);
  if (row == 0 || block == 0 || count % row != 0 ||
      multiply_sizes(multiply_sizes(count / row, blocks), inner) != sketch.channels)
    return Status::error(Code::kShape, "length " + std::to_string(count) + ", axis " + std::to_string(axis) +
                                           ", inner " + std::to_string(inner) + " and block " + std::to_string(block) +
                                           " do not fit the sketch");
  Status status = check_room(sketch, [&](size_t) { return block; });
  if (!status.ok()) return status;
  ThreadPool::instance().parallel_for(count / row * blocks, threads_for(count), [&](size_t i) {
    const size_t start = i % blocks * block, length = std::min(block, axis - start);
    const float* first = x + i / blocks * row + start * inner;
    const SketchWords own = {sketch.channel(i * inner), inner, sketch.bins};
    for (size_t c = 0; c < inner; c += kGathered)
      observe_gathered(set, {first, length * inner, inner, 1}, own, c, std::min(c + kGathered, inner));
  });
  return {};
}

Status merge_sketch(const SketchWords& sketch, const SketchWords& other) {
  Status status = check_room(sketch, [&](size_t c) { return other.channel(c)[0]; });
  if (!status.ok()) return status;
  for (size_t c = 0; c < sketch.channels; ++c)
    ChannelSketch(sketch.channel(c), sketch.bins).merge(ChannelSketch(other.channel(c), other.bins));
  return {};
}

}  // namespace octavo
