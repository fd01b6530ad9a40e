#include "emulated_gpu.h"

#include <ucontext.h>

#include <map>
#include <memory>
#include <vector>

namespace octavo::emulated {
namespace {

constexpr size_t kStackBytes = 64 << 10, kSharedAlignment = 1024;

struct Meeting {
  std::vector<void*> operands;
  unsigned arrived = 0;
  uint64_t round = 0;
};

struct Fiber {
  ucontext_t context;
  std::unique_ptr<uint8_t[]> stack;
  unsigned number = 0;
  bool done = false;
};

struct Block {
  const Launch* launch;
  Index index;
  const std::function<void()>* kernel;
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<uint8_t> shared;
  std::map<std::pair<unsigned, unsigned>, Meeting> meetings;  // by size of the group and its number
  ucontext_t scheduler;
  Fiber* running = nullptr;
  size_t unfinished = 0;
};

Block* block = nullptr;

void fiber_main() {
  (*block->kernel)();
  block->running->done = true;
  --block->unfinished;
  swapcontext(&block->running->context, &block->scheduler);
}

void run_block(const Launch& launch, Index index, const std::function<void()>& kernel) {
  Block current{&launch, index, &kernel, {}, {}, {}, {}, nullptr, 0};
  block = &current;
  // Filled with a pattern: what a kernel reads before it writes must not look like zeros.
  current.shared.assign(launch.shared_bytes + kSharedAlignment, 0xA5);
  const unsigned threads = launch.block.x * launch.block.y * launch.block.z;
  for (unsigned t = 0; t < threads; ++t) {
    auto fiber = std::make_unique<Fiber>();
    fiber->number = t;
    fiber->stack = std::make_unique<uint8_t[]>(kStackBytes);
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack.get();
    fiber->context.uc_stack.ss_size = kStackBytes;
    fiber->context.uc_link = nullptr;
    makecontext(&fiber->context, fiber_main, 0);
    current.fibers.push_back(std::move(fiber));
  }
  current.unfinished = threads;
  while (current.unfinished > 0)
    for (auto& fiber : current.fibers) {
      if (fiber->done) continue;
      current.running = fiber.get();
      swapcontext(&current.scheduler, &fiber->context);
    }
  block = nullptr;
}

}  // namespace

void run(const Launch& launch, const std::function<void()>& kernel) {
  for (unsigned z = 0; z < launch.grid.z; ++z)
    for (unsigned y = 0; y < launch.grid.y; ++y)
      for (unsigned x = 0; x < launch.grid.x; ++x) run_block(launch, {x, y, z}, kernel);
}

Index thread_index() {
  const unsigned number = block->running->number;
  const Index size = block->launch->block;
  return {number % size.x, number / size.x % size.y, number / size.x / size.y};
}
Index block_index() { return block->index; }
Index block_size() { return block->launch->block; }
Index grid_size() { return block->launch->grid; }

uint8_t* shared_memory() {
  const auto start = reinterpret_cast<uintptr_t>(block->shared.data());
  return block->shared.data() + (kSharedAlignment - start % kSharedAlignment) % kSharedAlignment;
}

void yield() { swapcontext(&block->running->context, &block->scheduler); }

void together(unsigned count, void* operands, const std::function<void(void** all)>& act) {
  const unsigned number = block->running->number;
  Meeting& meeting = block->meetings[{count, number / count}];
  meeting.operands.resize(count);
  meeting.operands[number % count] = operands;
  if (++meeting.arrived == count) {
    act(meeting.operands.data());
    meeting.arrived = 0;
    ++meeting.round;
    return;
  }
  for (const uint64_t round = meeting.round; meeting.round == round;) yield();
}

}  // namespace octavo::emulated
