// Memory aligned to a cache line, freed with its owner. allocate() reports failure instead of throwing.
#pragma once

#include <bit>
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

// Kernels, files and sizes are made for it; what loads the addon says so before anybody compiles it.
static_assert(sizeof(size_t) == 8 && std::endian::native == std::endian::little, "a 64-bit little-endian system");

class AlignedBuffer {
 public:
  static constexpr size_t kAlignment = 64;
  /// No 64-bit system gives a process more: asking it would only be an error of another kind.
  static constexpr size_t kMostBytes = size_t{1} << 47;
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

  static constexpr size_t alignment_of(size_t bytes) { return bytes >= kHugeBytes ? kHugePage : kAlignment; }

  /// Asks for huge pages where memory of this size is worth them; a hint, whose failure is harmless.
  static void ask_for_huge_pages([[maybe_unused]] void* data, [[maybe_unused]] size_t bytes) {
#ifdef __linux__
    if (bytes >= kHugeBytes) madvise(data, bytes, MADV_HUGEPAGE);
#endif
  }

  /// Replaces the content by `bytes` uninitialized bytes. False, and empty, when there is no such memory.
  bool allocate(size_t bytes) {
    release();
    const size_t alignment = alignment_of(bytes);
    const size_t rounded = round_up(bytes == 0 ? 1 : bytes, alignment);
    if (rounded > kMostBytes) return false;
#ifdef _WIN32
    data_ = _aligned_malloc(rounded, alignment);
#else
    data_ = std::aligned_alloc(alignment, rounded);
#endif
    if (data_ != nullptr && bytes >= kHugeBytes) ask_for_huge_pages(data_, rounded);
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
