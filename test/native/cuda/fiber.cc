#include "fiber.h"

#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include <sys/mman.h>

#ifdef OCTAVO_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace octavo::emulated {
namespace {

constexpr size_t kPageBytes = 64 << 10;  // at least a page, on any system
#ifdef OCTAVO_ASAN
constexpr size_t kStackBytes = 256 << 10;
#else
constexpr size_t kStackBytes = 128 << 10;
#endif

/// Stacks that no fiber has now, each above a page that cannot be accessed. They are kept: blocks come by the thousand.
struct FreeStacks {
  std::vector<char*> stacks;
  ~FreeStacks() {
    for (char* stack : stacks) munmap(stack - kPageBytes, kStackBytes + kPageBytes);
  }
};
thread_local FreeStacks free_stacks;

char* take_stack() {
  if (!free_stacks.stacks.empty()) {
    char* const stack = free_stacks.stacks.back();
    free_stacks.stacks.pop_back();
    return stack;
  }
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* const mapped = mmap(nullptr, kStackBytes + kPageBytes, PROT_READ | PROT_WRITE, kFlags, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  mprotect(mapped, kPageBytes, PROT_NONE);
  return static_cast<char*>(mapped) + kPageBytes;
}

void give_stack(char* stack) {
#ifdef OCTAVO_ASAN
  __asan_unpoison_memory_region(stack, kStackBytes);  // frames that were never left
#endif
  free_stacks.stacks.push_back(stack);
}

}  // namespace

Fiber::Fiber(std::function<void()> function) : function_(std::move(function)), stack_(take_stack()) {}

Fiber::~Fiber() { give_stack(stack_); }

void Fiber::begin(unsigned high, unsigned low) {
  reinterpret_cast<Fiber*>(static_cast<uintptr_t>(uint64_t{high} << 32 | low))->run();
}

void Fiber::run() {
#ifdef OCTAVO_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &outer_stack_, &outer_bytes_);
#endif
  function_();
  done_ = true;
#ifdef OCTAVO_ASAN
  __sanitizer_start_switch_fiber(nullptr, outer_stack_, outer_bytes_);
#endif
  switch_out();
}

void Fiber::resume() {
#ifdef OCTAVO_ASAN
  __sanitizer_start_switch_fiber(&outer_frames_, stack_, kStackBytes);
#endif
  switch_in();
#ifdef OCTAVO_ASAN
  __sanitizer_finish_switch_fiber(outer_frames_, nullptr, nullptr);
#endif
}

void Fiber::suspend() {
#ifdef OCTAVO_ASAN
  __sanitizer_start_switch_fiber(&inner_frames_, outer_stack_, outer_bytes_);
#endif
  switch_out();
#ifdef OCTAVO_ASAN
  __sanitizer_finish_switch_fiber(inner_frames_, &outer_stack_, &outer_bytes_);
#endif
}

void Fiber::start() {
  started_ = true;
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_;
  context_.uc_stack.ss_size = kStackBytes;
  const uint64_t self = reinterpret_cast<uintptr_t>(this);
  // makecontext passes ints alone
  makecontext(&context_, reinterpret_cast<void (*)()>(&begin), 2, static_cast<unsigned>(self >> 32),
              static_cast<unsigned>(self));
}

#ifdef OCTAVO_ASAN
// AddressSanitizer takes a longjmp for the end of the frames that it leaves.
void Fiber::switch_in() {
  if (!started_) start();
  swapcontext(&resumer_, &context_);
}
void Fiber::switch_out() { swapcontext(&context_, &resumer_); }
#else
// Once a fiber has begun, longjmp switches without the system calls of swapcontext.
void Fiber::switch_in() {
  if (_setjmp(there_) != 0) return;
  if (started_) _longjmp(here_, 1);
  start();
  setcontext(&context_);
}
void Fiber::switch_out() {
  if (_setjmp(here_) == 0) _longjmp(there_, 1);
}
#endif

}  // namespace octavo::emulated
