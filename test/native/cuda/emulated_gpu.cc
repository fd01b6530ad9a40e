#include "emulated_gpu.h"

#include <ucontext.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

namespace octavo::emulated {
namespace {

constexpr size_t kStackBytes = 64 << 10, kSharedAlignment = 1024;

struct Meeting {
  std::vector<void*> operands;
  unsigned arrived = 0;
  uint64_t round = 0;
};

struct Block;

struct Fiber {
  ucontext_t context;
  std::unique_ptr<uint8_t[]> stack;
  Block* block = nullptr;
  unsigned number = 0;
  bool done = false;
};

struct Block {
  Index index;
  unsigned rank = 0;
  std::vector<uint8_t> shared;
  std::map<std::pair<unsigned, unsigned>, Meeting> meetings;  // by size of the group and its number
  std::map<uint32_t, Barrier> barriers;                       // by address
};

struct Cluster {
  const Launch* launch;
  const std::function<void()>* kernel;
  std::vector<std::unique_ptr<Block>> blocks;
  std::vector<std::unique_ptr<Fiber>> fibers;
  Meeting meeting;
  ucontext_t scheduler;
  Fiber* running = nullptr;
  size_t unfinished = 0;
  uint64_t events = 0;  // arrivals of any kind: none in a whole turn is a deadlock
};

Cluster* cluster = nullptr;

Block& current_block() { return *cluster->running->block; }

void fiber_main() {
  (*cluster->kernel)();
  cluster->running->done = true;
  ++cluster->events;
  --cluster->unfinished;
  swapcontext(&cluster->running->context, &cluster->scheduler);
}

void add_fiber(Block* block, unsigned number) {
  auto fiber = std::make_unique<Fiber>();
  fiber->block = block;
  fiber->number = number;
  fiber->stack = std::make_unique<uint8_t[]>(kStackBytes);
  getcontext(&fiber->context);
  fiber->context.uc_stack.ss_sp = fiber->stack.get();
  fiber->context.uc_stack.ss_size = kStackBytes;
  fiber->context.uc_link = nullptr;
  makecontext(&fiber->context, fiber_main, 0);
  cluster->fibers.push_back(std::move(fiber));
}

void add_block(Index index, unsigned rank) {
  auto block = std::make_unique<Block>();
  block->index = index;
  block->rank = rank;
  // Filled with a pattern: what a kernel reads before it writes must not look like zeros.
  block->shared.assign(cluster->launch->shared_bytes + kSharedAlignment, 0xA5);
  const Index size = cluster->launch->block;
  for (unsigned t = 0; t < size.x * size.y * size.z; ++t) add_fiber(block.get(), t);
  cluster->blocks.push_back(std::move(block));
}

void run_cluster(const Launch& launch, Index first, const std::function<void()>& kernel) {
  Cluster current{&launch, &kernel, {}, {}, {}, {}, nullptr, 0, 0};
  cluster = &current;
  for (unsigned rank = 0; rank < launch.cluster; ++rank) add_block({first.x + rank, first.y, first.z}, rank);
  current.unfinished = current.fibers.size();
  while (current.unfinished > 0) {
    const uint64_t events = current.events;
    for (auto& fiber : current.fibers) {
      if (fiber->done) continue;
      current.running = fiber.get();
      swapcontext(&current.scheduler, &fiber->context);
    }
    if (current.events == events) throw std::runtime_error("every thread waits");
  }
  cluster = nullptr;
}

/// True for the last of `count`.
bool meet(Meeting& meeting, unsigned count, unsigned number, void* operands) {
  meeting.operands.resize(count);
  meeting.operands[number] = operands;
  ++cluster->events;
  return ++meeting.arrived == count;
}

void part(Meeting& meeting) {
  meeting.arrived = 0;
  ++meeting.round;
}

void wait(Meeting& meeting) {
  for (const uint64_t round = meeting.round; meeting.round == round;) yield();
}

}  // namespace

void run(const Launch& launch, const std::function<void()>& kernel) {
  for (unsigned z = 0; z < launch.grid.z; ++z)
    for (unsigned y = 0; y < launch.grid.y; ++y)
      for (unsigned x = 0; x < launch.grid.x; x += launch.cluster) run_cluster(launch, {x, y, z}, kernel);
}

Index thread_index() {
  const unsigned number = cluster->running->number;
  const Index size = cluster->launch->block;
  return {number % size.x, number / size.x % size.y, number / size.x / size.y};
}
Index block_index() { return current_block().index; }
Index block_size() { return cluster->launch->block; }
Index grid_size() { return cluster->launch->grid; }
unsigned block_rank() { return current_block().rank; }
unsigned cluster_size() { return cluster->launch->cluster; }

uint8_t* shared_memory() { return shared_memory(block_rank()); }
uint8_t* shared_memory(unsigned rank) {
  auto& shared = cluster->blocks.at(rank)->shared;
  const auto start = reinterpret_cast<uintptr_t>(shared.data());
  return shared.data() + (kSharedAlignment - start % kSharedAlignment) % kSharedAlignment;
}

void yield() { swapcontext(&cluster->running->context, &cluster->scheduler); }

void together(unsigned count, void* operands, const std::function<void(void** all)>& act) {
  const unsigned number = cluster->running->number;
  Meeting& meeting = current_block().meetings[{count, number / count}];
  if (!meet(meeting, count, number % count, operands)) return wait(meeting);
  act(meeting.operands.data());
  part(meeting);
}

void cluster_together() {
  const auto count = static_cast<unsigned>(cluster->fibers.size());
  if (!meet(cluster->meeting, count, 0, nullptr)) return wait(cluster->meeting);
  part(cluster->meeting);
}

void Barrier::arrive(int64_t expected_bytes) {
  bytes += expected_bytes;
  if (missing == 0) throw std::runtime_error("more arrivals than the barrier has");
  --missing;
  finish_phase();
}

void Barrier::deliver(int64_t delivered_bytes) {
  bytes -= delivered_bytes;
  finish_phase();
}

void Barrier::finish_phase() {
  ++cluster->events;
  if (missing != 0 || bytes != 0) return;
  missing = arrivals;
  parity ^= 1;
}

Barrier& barrier_at(unsigned rank, uint32_t address) { return cluster->blocks.at(rank)->barriers[address]; }

namespace {
std::map<std::string, Kernel>& kernels() {
  static std::map<std::string, Kernel> all;
  return all;
}
}  // namespace

const Kernel* find_kernel(const std::string& name) {
  const auto found = kernels().find(name);
  return found == kernels().end() ? nullptr : &found->second;
}

void Registration::add(const char* name, Kernel kernel) { kernels()[name] = std::move(kernel); }

}  // namespace octavo::emulated
