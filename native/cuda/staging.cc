#include "cuda/staging.h"

#include <algorithm>

#include "cuda/device.h"

namespace octavo::cuda {
namespace {

constexpr size_t kAlignment = 256;

}  // namespace

void StagingRing::release() {
  pieces_.clear();
  if (memory_ != nullptr) device_.driver().free_host(memory_);
  memory_ = nullptr;
}

bool StagingRing::allocate() {
  if (memory_ != nullptr) return true;
  if (refused_ || !device_.make_current().ok()) return false;
  void* memory = nullptr;
  refused_ = device_.driver().allocate_host(&memory, kBytes, kPortableHostMemory) != Result::kSuccess;
  if (!refused_) memory_ = static_cast<std::byte*>(memory);
  return !refused_;
}

void StagingRing::drop_finished() {
  while (!pieces_.empty() && pieces_.front().given_back && pieces_.front().event.is_over()) pieces_.pop_front();
}

/// The pieces in use lie from the first of them to next_, around the end of the ring if that is before it.
bool StagingRing::find_room(size_t bytes, size_t* begin) const {
  const size_t first = pieces_.empty() ? 0 : pieces_.front().begin;
  *begin = pieces_.empty() ? 0 : next_;
  if (pieces_.empty()) return true;
  if (first >= next_) return next_ + bytes <= first;
  if (next_ + bytes <= kBytes) return true;
  *begin = 0;
  return bytes <= first;
}

std::byte* StagingRing::take(size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!allocate()) return nullptr;
  bytes = std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
  drop_finished();
  size_t begin = 0;
  while (!find_room(bytes, &begin)) {
    if (!pieces_.front().given_back) return nullptr;
    // A failure of what comes before shows in the copy that follows.
    pieces_.front().event.wait();
    pieces_.pop_front();
  }
  pieces_.push_back({begin, false, {}});
  next_ = begin + bytes;
  return memory_ + begin;
}

void StagingRing::give_back(const std::byte* piece, StreamEvent event) {
  const std::lock_guard lock(mutex_);
  const auto begin = static_cast<size_t>(piece - memory_);
  const auto found = std::find_if(pieces_.rbegin(), pieces_.rend(), [&](const Piece& p) { return p.begin == begin; });
  found->given_back = true;
  found->event = std::move(event);
}

}  // namespace octavo::cuda
