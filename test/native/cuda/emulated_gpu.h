// Runs kernels on the host: each thread of a block is a fiber, and what a warp or a block does together happens when
// its last thread arrives. It shows that indices, fragments and barriers are right; it says nothing of races between
// threads that a real device runs at once, nor of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace octavo::emulated {

struct Index {
  unsigned x = 0, y = 0, z = 0;
};

struct Launch {
  Index grid{1, 1, 1}, block{1, 1, 1};
  size_t shared_bytes = 0;
};

/// Calls kernel() once for each thread of each block.
void run(const Launch& launch, const std::function<void()>& kernel);

Index thread_index();
Index block_index();
Index block_size();
Index grid_size();
/// The block's dynamic shared memory, aligned to 1024 bytes. Shared addresses count from its start.
uint8_t* shared_memory();
/// Lets the block's other threads run.
void yield();

/// What `count` threads of one group do together: each brings its operands, and the last to arrive calls
/// act(operands of all, by their number in the group). Groups are aligned runs of threads of the block.
void together(unsigned count, void* operands, const std::function<void(void** all)>& act);

}  // namespace octavo::emulated

#define threadIdx (::octavo::emulated::thread_index())
#define blockIdx (::octavo::emulated::block_index())
#define blockDim (::octavo::emulated::block_size())
#define gridDim (::octavo::emulated::grid_size())

inline void __syncthreads() {
  const auto block = blockDim;
  octavo::emulated::together(block.x * block.y * block.z, nullptr, [](void**) {});
}
