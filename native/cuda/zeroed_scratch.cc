#include "cuda/zeroed_scratch.h"

#include <algorithm>

#include "cuda/device.h"

namespace octavo::cuda {
namespace {

constexpr size_t kLeastWords = size_t{1} << 18;

}  // namespace

Status ZeroedScratch::words(Device& d, size_t count, uint32_t** data) {
  if (Status status = d.make_current(); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  if (blocks_.empty() || blocks_.back().words < count) {
    const size_t words = std::max({count, kLeastWords, blocks_.empty() ? 0 : 2 * blocks_.back().words});
    Block block{0, words};
    if (Status status = d.check(d.allocate(&block.data, words * 4), "allocating scratch memory on the GPU");
        !status.ok())
      return status;
    blocks_.push_back(block);
    const Result cleared = d.driver().fill(block.data, 0, words * 4, d.stream());
    if (Status status = d.check(cleared, "clearing scratch memory on the GPU"); !status.ok()) {
      d.driver().free(block.data, d.stream());
      blocks_.pop_back();
      return status;
    }
  }
  *data = reinterpret_cast<uint32_t*>(blocks_.back().data);
  return {};
}

void ZeroedScratch::release(const Driver& driver, Stream stream) {
  for (const Block& block : blocks_) driver.free(block.data, stream);
  blocks_.clear();
}

}  // namespace octavo::cuda
