// Memory between two inaccessible pages: a read or write one element beyond either end ends the test.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "test_options.h"

namespace octavo_test {

/// Which end of the accessible memory the values abut.
enum class Side { kStart, kEnd };

/// Room for values of type T, placed anew for each use. What is not in use holds canaries.
class GuardedBuffer {
 public:
  explicit GuardedBuffer(size_t capacity_bytes) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    inner_ = (capacity_bytes + page - 1) / page * page + page;
    mapped_ = inner_ + 2 * page;
    base_ = static_cast<char*>(mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED) std::abort();
    const int access = readable_guards() ? PROT_READ : PROT_NONE;
    mprotect(base_, page, access);
    mprotect(base_ + page + inner_, page, access);
    start_ = base_ + page;
  }
  ~GuardedBuffer() { munmap(base_, mapped_); }
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  /// `count` values against one guard page.
  template <typename T>
  T* place(size_t count, Side side) {
    const size_t bytes = count * sizeof(T);
    if (bytes > inner_) std::abort();
    return reinterpret_cast<T*>(side == Side::kStart ? start_ : start_ + inner_ - bytes);
  }

  template <typename T>
  T* place(const std::vector<T>& values, Side side) {
    T* placed = place<T>(values.size(), side);
    if (!values.empty()) std::memcpy(placed, values.data(), values.size() * sizeof(T));
    return placed;
  }

 private:
  char* base_ = nullptr;
  char* start_ = nullptr;
  size_t inner_ = 0, mapped_ = 0;
};

}  // namespace octavo_test
