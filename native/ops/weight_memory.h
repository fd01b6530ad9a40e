// Memory of packed weights and layers: their own, counted for the whole process, or a part of a file's image.
#pragma once

#include <cstddef>
#include <memory>

#include "core/aligned_buffer.h"

namespace octavo {

class WeightMemory {
 public:
  WeightMemory() = default;
  WeightMemory(const WeightMemory&) = delete;
  WeightMemory& operator=(const WeightMemory&) = delete;
  ~WeightMemory() { release(); }

  /// As AlignedBuffer::allocate().
  bool allocate(size_t bytes);
  /// Becomes a read-only view of memory that `data` keeps alive, and that somebody else counts.
  void borrow(std::shared_ptr<const void> data, size_t bytes);

  /// Memory of its own; null for a view.
  template <typename T>
  T* as() {
    return own_.as<T>();
  }
  template <typename T>
  const T* as() const {
    return lent_ ? static_cast<const T*>(lent_.get()) : own_.as<T>();
  }
  size_t size_bytes() const { return lent_ ? lent_bytes_ : own_.size_bytes(); }

  /// Bytes that all objects of this class own at present.
  static size_t total_bytes();

 private:
  void release();

  AlignedBuffer own_;
  std::shared_ptr<const void> lent_;
  size_t lent_bytes_ = 0;
};

}  // namespace octavo
