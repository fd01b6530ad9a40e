// Memory aligned to a cache line, freed with its owner. allocate() reports failure instead of throwing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "core/sizes.h"

#ifdef _WIN32
#include <malloc.h>
#elif defined(__linux__)
#include <sys/mman.h>
#endif

namespace octavo {

class AlignedBuffer {
 public:
  static constexpr size_t kAlignment = 64;
  /// No 64-bit system gives a process more: asking it would only be an error of another kind.
  static constexpr size_t kMostBytes = static_cast<size_t>(sizeof(void*) == 8 ? uint64_t{1} << 47 : uint64_t{1} << 31);
  /// From here on memory is asked for in huge pages: streaming through packed weights then misses the TLB less.
  static constexpr size_t kHugeBytes = size_t{4} << 20, kHugePage = size_t{2} << 20;

  AlignedBuffer() = default;
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;
  AlignedBuffer(AlignedBuffer&& other) noexcept { swap(other); }
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~AlignedBuffer() { release(); }

  /// Replaces the content by `bytes` uninitialized bytes. False, and empty, when there is no such memory.
  bool allocate(size_t bytes) {
    release();
    const size_t alignment = bytes >= kHugeBytes ? kHugePage : kAlignment;
    const size_t rounded = round_up(bytes == 0 ? 1 : bytes, alignment);
    if (rounded > kMostBytes) return false;
#ifdef _WIN32
    data_ = _aligned_malloc(rounded, alignment);
#else
    data_ = std::aligned_alloc(alignment, rounded);
#endif
#ifdef __linux__
    if (data_ != nullptr && bytes >= kHugeBytes) madvise(data_, rounded, MADV_HUGEPAGE);  // a hint; failure is harmless
#endif
    size_bytes_ = data_ == nullptr ? 0 : bytes;
    return data_ != nullptr;
  }

  /// As allocate(), but keeps the present memory when it is large enough.
  bool reserve(size_t bytes) { return (data_ != nullptr && size_bytes_ >= bytes) || allocate(bytes); }

  template <typename T>
  T* as() {
    return static_cast<T*>(data_);
  }
  template <typename T>
  const T* as() const {
    return static_cast<const T*>(data_);
  }
  size_t size_bytes() const { return size_bytes_; }

 private:
  void swap(AlignedBuffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_bytes_, other.size_bytes_);
  }
  void release() {
#ifdef _WIN32
    _aligned_free(data_);
#else
    std::free(data_);
#endif
    data_ = nullptr;
    size_bytes_ = 0;
  }

  void* data_ = nullptr;
  size_t size_bytes_ = 0;
};

}  // namespace octavo
