// Working memory of the calling thread, kept between calls so that small calls do not allocate.
#pragma once

#include "core/aligned_buffer.h"

namespace octavo {

/// One slot for each purpose that can be live at once on a thread.
enum class ScratchSlot {
  kColumnTerms,
  kStagedRows,
  kRowTerms,
  kQuantizedRow,
  kGroupTerms,
  kPackedPanels,
  kGatheredRuns,
  kKvRows,
  kPermutedRows,
  kRotatedRows,
  kScoredRows,
  kPartialSums,
  kDividedRows,
  kProductSums,
  kCount
};

/// At least `bytes` of memory, or null. Valid until the next request for the same slot on this thread.
inline void* scratch(ScratchSlot slot, size_t bytes) {
  thread_local AlignedBuffer buffers[static_cast<size_t>(ScratchSlot::kCount)];
  AlignedBuffer& buffer = buffers[static_cast<size_t>(slot)];
  return buffer.reserve(bytes) ? buffer.as<void>() : nullptr;
}

}  // namespace octavo
