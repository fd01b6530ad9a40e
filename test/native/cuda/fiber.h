// Stacks that a thread switches between by its own will: each thread of an emulated block has one.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <functional>

#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#define OCTAVO_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OCTAVO_ASAN 1
#endif
#endif

namespace octavo::emulated {

/// One function with a stack of its own, on the thread that resumes it. Exceptions must not leave the function.
class Fiber {
 public:
  explicit Fiber(std::function<void()> function);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs it until it suspends itself or ends.
  void resume();
  /// Back to where it was resumed; called by the function.
  void suspend();
  bool done() const { return done_; }

 private:
  static void begin(unsigned high, unsigned low);
  void run();
  void start();
  void switch_in();
  void switch_out();

  std::function<void()> function_;
  char* stack_;
  ucontext_t context_ = {};
  bool started_ = false, done_ = false;
#ifdef OCTAVO_ASAN
  ucontext_t resumer_ = {};
  // What AddressSanitizer keeps of each side while the other runs.
  void *inner_frames_ = nullptr, *outer_frames_ = nullptr;
  const void* outer_stack_ = nullptr;
  size_t outer_bytes_ = 0;
#else
  std::jmp_buf here_ = {}, there_ = {};
#endif
};

}  // namespace octavo::emulated
