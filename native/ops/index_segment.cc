#include "ops/index_segment.h"

#include <cstring>

namespace octavo {

Status IndexSegment::allocate(const IndexSpec& spec, size_t capacity, bool has_ids, int64_t first_id,
                              std::shared_ptr<IndexSegment>* segment) {
  auto made = std::make_shared<IndexSegment>();
  made->places_ = place_arrays(spec, capacity, has_ids, 0);
  made->capacity_ = capacity;
  made->first_id_ = first_id;
  if (!made->own_.allocate(made->places_.total_bytes))
    return Status::error(Code::kNative, "no memory for " + std::to_string(capacity) + " vectors");
  made->base_ = made->own_.as<uint8_t>();
  made->counted_bytes_ = made->places_.total_bytes;
  // What kernels read behind the rows, and files contain.
  const size_t rows_bytes = made->places_.bytes[index_of(IndexArray::kRows)];
  std::memset(made->writable<uint8_t>(IndexArray::kRows) + rows_bytes - kCodeSlackBytes, 0, kCodeSlackBytes);
  *segment = std::move(made);
  return {};
}

std::shared_ptr<IndexSegment> IndexSegment::borrow(const IndexPlaces& places, size_t rows, int64_t first_id,
                                                   std::shared_ptr<const void> owner, bool counted) {
  auto made = std::make_shared<IndexSegment>();
  made->base_ = static_cast<const uint8_t*>(owner.get());
  made->owner_ = std::move(owner);
  made->places_ = places;
  made->capacity_ = rows;
  made->first_id_ = first_id;
  made->counted_bytes_ = counted ? places.total_bytes : 0;
  return made;
}

}  // namespace octavo
