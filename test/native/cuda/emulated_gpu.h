// Runs kernels on the host: each thread of a block is a fiber, and what a warp or a block does together happens when
// its last thread arrives. It shows that indices, fragments and barriers are right; it says nothing of races between
// threads that a real device runs at once, nor of time. What the hardware does on its own, copies and products that are
// waited for, is done at once, or as late as it may be: what is read or reused too early then is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace octavo::emulated {

struct Index {
  unsigned x = 0, y = 0, z = 0;
};

struct Launch {
  Index grid{1, 1, 1}, block{1, 1, 1};
  size_t shared_bytes = 0;
  unsigned cluster = 1;  // blocks side by side in x that run at once and see each other's shared memory
  unsigned capability = 90;
  bool late = false;  // what is started is done as late as it may be
};

/// Calls kernel() once for each thread of each block.
void run(const Launch& launch, const std::function<void()>& kernel);

Index thread_index();
Index block_index();
Index block_size();
Index grid_size();
/// The block's number in its cluster, and the cluster's number of blocks.
unsigned block_rank();
unsigned cluster_size();
/// The dynamic shared memory of this block, or of another of its cluster, aligned to 1024 bytes. Shared addresses count
/// from its start.
uint8_t* shared_memory();
uint8_t* shared_memory(unsigned rank);
/// Lets the block's other threads run.
void yield();

/// What `count` threads of one group do together: each brings its operands, and the last to arrive calls
/// act(operands of all, by their number in the group). Groups are aligned runs of threads of the block.
void together(unsigned count, void* operands, const std::function<void(void** all)>& act);
/// Waits for all threads of the cluster.
void cluster_together();

/// Of the launch that is running.
unsigned capability();

/// Work that the hardware does for a group of `count` threads, in batches: each is done when finish_work() leaves no
/// more than `pending` of those committed after it. One thread calls for its group.
void start_work(unsigned count, std::function<void()> work);
void commit_work(unsigned count);
void finish_work(unsigned count, unsigned pending);
/// Work that is done sometime: at the latest when all threads wait.
void start_delivery(std::function<void()> work);
/// True where work is not done at once.
bool works_late();

/// A barrier in a block's shared memory, at this address.
struct Barrier {
  uint32_t arrivals = 0, missing = 0;
  int64_t bytes = 0;  // still to come in this phase
  uint32_t parity = 0;

  void arrive(int64_t expected_bytes);
  void deliver(int64_t delivered_bytes);

 private:
  void finish_phase();
};
Barrier& barrier_at(unsigned rank, uint32_t address);

/// A kernel with the arguments that these pointers are to.
using Kernel = std::function<void(void** arguments)>;
/// Null for a name that no kernel has.
const Kernel* find_kernel(const std::string& name);

class Registration {
 public:
  template <typename... Arguments>
  Registration(const char* name, void (*kernel)(Arguments...)) {
    add(name, [kernel](void** arguments) { call(kernel, arguments, std::index_sequence_for<Arguments...>()); });
  }

 private:
  template <typename... Arguments, size_t... I>
  static void call(void (*kernel)(Arguments...), void** arguments, std::index_sequence<I...>) {
    kernel(*static_cast<std::remove_reference_t<Arguments>*>(arguments[I])...);
  }
  static void add(const char* name, Kernel kernel);
};

}  // namespace octavo::emulated

#define threadIdx (::octavo::emulated::thread_index())
#define blockIdx (::octavo::emulated::block_index())
#define blockDim (::octavo::emulated::block_size())
#define gridDim (::octavo::emulated::grid_size())

inline void __syncthreads() {
  const auto block = blockDim;
  octavo::emulated::together(block.x * block.y * block.z, nullptr, [](void**) {});
}

inline void __syncwarp() {
  octavo::emulated::together(32, nullptr, [](void**) {});
}
