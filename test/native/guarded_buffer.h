// Memory between two inaccessible pages: a read or write one element beyond either end ends the test.
#pragma once

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX 1  // as libstdc++ itself defines it
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

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
    const size_t page = page_bytes();
    inner_ = (capacity_bytes + page - 1) / page * page + page;
    mapped_ = inner_ + 2 * page;
    base_ = map_guarded(mapped_, page);
    if (base_ == nullptr) std::abort();
    start_ = base_ + page;
  }
  ~GuardedBuffer() { unmap(base_, mapped_); }
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
#ifdef _WIN32
  static size_t page_bytes() { return 4096; }
  /// Memory whose first and last page cannot be accessed, or only read where readable_guards() says so.
  static char* map_guarded(size_t bytes, size_t page) {
    auto* base = static_cast<char*>(VirtualAlloc(nullptr, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    const DWORD access = readable_guards() ? PAGE_READONLY : PAGE_NOACCESS;
    DWORD before;
    const bool guarded = base != nullptr && VirtualProtect(base, page, access, &before) &&
                         VirtualProtect(base + bytes - page, page, access, &before);
    return guarded ? base : nullptr;
  }
  static void unmap(char* base, size_t) { VirtualFree(base, 0, MEM_RELEASE); }
#else
  static size_t page_bytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }
  /// Memory whose first and last page cannot be accessed, or only read where readable_guards() says so.
  static char* map_guarded(size_t bytes, size_t page) {
    void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return nullptr;
    char* start = static_cast<char*>(base);
    const int access = readable_guards() ? PROT_READ : PROT_NONE;
    const bool guarded = mprotect(start, page, access) == 0 && mprotect(start + bytes - page, page, access) == 0;
    return guarded ? start : nullptr;
  }
  static void unmap(char* base, size_t bytes) { munmap(base, bytes); }
#endif

  char* base_ = nullptr;
  char* start_ = nullptr;
  size_t inner_ = 0, mapped_ = 0;
};

}  // namespace octavo_test
