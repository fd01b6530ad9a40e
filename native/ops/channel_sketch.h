// The sketch of one channel while values are added to it.
#pragma once

#include "ops/sketch.h"

namespace octavo {

class ChannelSketch {
 public:
  ChannelSketch(uint64_t* words, size_t bins);
  ~ChannelSketch();
  ChannelSketch(const ChannelSketch&) = delete;
  ChannelSketch& operator=(const ChannelSketch&) = delete;

  void add(const KernelSet& set, const float* x, size_t count);
  void merge(const ChannelSketch& other);
  uint64_t count() const { return head_.count; }

 private:
  bool has_finite() const { return head_.count != head_.nan_count + head_.infinity_count; }
  void add_block(const KernelSet& set, const float* x, size_t count);
  void add_finite_of(const KernelSet& set, const float* x, size_t count);
  void add_finite(const KernelSet& set, const float* x, size_t count, const MinMax& range);
  void add_to_histogram(const KernelSet& set, const float* x, size_t count);
  void widen(float min, float max);
  void grow(uint64_t width);

  uint64_t* words_;
  size_t half_;
  SketchHead head_;
};

}  // namespace octavo
