#include "ops/weight_memory.h"

#include <atomic>
#include <utility>

namespace octavo {
namespace {

std::atomic<size_t> owned_bytes{0};

}  // namespace

bool WeightMemory::allocate(size_t bytes) {
  release();
  const bool allocated = own_.allocate(bytes);
  owned_bytes += own_.size_bytes();
  return allocated;
}

void WeightMemory::borrow(std::shared_ptr<const void> data, size_t bytes) {
  release();
  lent_ = std::move(data);
  lent_bytes_ = bytes;
}

void WeightMemory::release() {
  owned_bytes -= own_.size_bytes();
  own_ = AlignedBuffer();
  lent_.reset();
  lent_bytes_ = 0;
}

size_t WeightMemory::total_bytes() { return owned_bytes; }

}  // namespace octavo
