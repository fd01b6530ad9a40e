// Vectors of an index that lie together. Rows that were published do not change any more; those after them are written
// by whoever adds.
#pragma once

#include <memory>

#include "core/aligned_buffer.h"
#include "ops/index_layout.h"

namespace octavo {

class IndexSegment {
 public:
  /// Memory of its own for `capacity` rows. Without ids, row i has the id first_id + i.
  static Status allocate(const IndexSpec& spec, size_t capacity, bool has_ids, int64_t first_id,
                         std::shared_ptr<IndexSegment>* segment);
  /// A full one whose arrays are `places` of memory that `owner` keeps alive; counted as memory where it is not mapped.
  static std::shared_ptr<IndexSegment> borrow(const IndexPlaces& places, size_t rows, int64_t first_id,
                                              std::shared_ptr<const void> owner, bool counted);

  size_t capacity() const { return capacity_; }
  bool has_ids() const { return places_.bytes[index_of(IndexArray::kIds)] > 0; }
  int64_t first_id() const { return first_id_; }
  int64_t id(size_t row) const {
    return has_ids() ? array<int64_t>(IndexArray::kIds)[row] : first_id_ + static_cast<int64_t>(row);
  }
  size_t size_bytes() const { return counted_bytes_; }

  /// Null where the index has no such array.
  template <typename T>
  const T* array(IndexArray which) const {
    return places_.bytes[index_of(which)] == 0 ? nullptr
                                               : reinterpret_cast<const T*>(base_ + places_.offset[index_of(which)]);
  }
  /// Of memory of its own.
  template <typename T>
  T* writable(IndexArray which) {
    return const_cast<T*>(array<T>(which));
  }

 private:
  static constexpr size_t index_of(IndexArray which) { return static_cast<size_t>(which); }

  AlignedBuffer own_;
  std::shared_ptr<const void> owner_;
  const uint8_t* base_ = nullptr;
  IndexPlaces places_ = {};
  size_t capacity_ = 0, counted_bytes_ = 0;
  int64_t first_id_ = 0;
};

}  // namespace octavo
