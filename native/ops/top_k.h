// The best k of a stream of candidates: the order is total (larger key first, then the lower position), so the result
// depends neither on the order of arrival nor on how the stream is split.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace octavo {

struct Candidate {
  float key;
  size_t position;

  bool operator<(const Candidate& other) const {
    return key != other.key ? key > other.key : position < other.position;
  }
};

/// Keys that are not numbers, which only damaged vectors give, never get in.
class TopK {
 public:
  explicit TopK(size_t k) : k_(k) {}

  /// No candidate with a key below this, or the same and a higher position than all so far, can still get in.
  float threshold() const {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return k_ == 0 ? kInfinity : heap_.size() < k_ ? -kInfinity : heap_.front().key;
  }
  bool full() const { return heap_.size() == k_; }

  void offer(const Candidate& one) {
    if (k_ == 0 || std::isnan(one.key)) return;
    if (heap_.size() == k_) {
      if (!(one < heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = one;
    } else {
      heap_.push_back(one);
    }
    std::push_heap(heap_.begin(), heap_.end());
  }

  const std::vector<Candidate>& unordered() const { return heap_; }
  std::vector<Candidate> take_sorted() {
    std::sort(heap_.begin(), heap_.end());
    return std::move(heap_);
  }

 private:
  size_t k_;
  std::vector<Candidate> heap_;  // the worst in front
};

}  // namespace octavo
