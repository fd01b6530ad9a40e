#include "emulated_gpu.h"

#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "fiber.h"

namespace octavo::emulated {
namespace {

constexpr size_t kSharedAlignment = 1024;

struct Meeting {
  std::vector<void*> operands;
  unsigned arrived = 0;
  uint64_t round = 0;
};

struct Block;

struct Thread {
  Block* block;
  unsigned number;
  std::unique_ptr<Fiber> fiber;
};

struct Release {
  void operator()(uint8_t* memory) const { std::free(memory); }
};

using Work = std::function<void()>;

/// Batches of work, the oldest first; the last is open.
using WorkQueue = std::deque<std::vector<Work>>;

struct Block {
  Index index;
  unsigned rank = 0;
  std::unique_ptr<uint8_t, Release> shared;  // not a byte more than asked for: a sanitizer sees the end
  std::map<std::pair<unsigned, unsigned>, Meeting> meetings;  // by size of the group and its number
  std::map<std::pair<unsigned, unsigned>, WorkQueue> work;    // likewise
  std::map<uint32_t, Barrier> barriers;                       // by address
};

struct Cluster {
  const Launch* launch;
  const std::function<void()>* kernel;
  std::vector<std::unique_ptr<Block>> blocks;
  std::vector<Thread> threads;
  Meeting meeting;
  std::deque<Work> deliveries;
  Thread* running = nullptr;
  size_t unfinished = 0;
  uint64_t events = 0;  // arrivals of any kind: none in a whole turn is a deadlock
  std::exception_ptr error;
};

Cluster* cluster = nullptr;

Block& current_block() { return *cluster->running->block; }

void thread_main() {
  try {
    (*cluster->kernel)();
  } catch (...) {
    cluster->error = std::current_exception();
  }
  ++cluster->events;
  --cluster->unfinished;
}

std::unique_ptr<uint8_t, Release> make_shared_memory(size_t bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, kSharedAlignment, bytes) != 0) throw std::bad_alloc();
  // A pattern: what a kernel reads before it writes must not look like zeros.
  std::memset(memory, 0xA5, bytes);
  return std::unique_ptr<uint8_t, Release>(static_cast<uint8_t*>(memory));
}

void add_block(Index index, unsigned rank) {
  auto block = std::make_unique<Block>();
  block->index = index;
  block->rank = rank;
  block->shared = make_shared_memory(cluster->launch->shared_bytes);
  const Index size = cluster->launch->block;
  for (unsigned t = 0; t < size.x * size.y * size.z; ++t)
    cluster->threads.push_back({block.get(), t, std::make_unique<Fiber>(thread_main)});
  cluster->blocks.push_back(std::move(block));
}

/// Gives every thread a turn.
void run_turn() {
  const uint64_t events = cluster->events;
  for (Thread& thread : cluster->threads) {
    if (thread.fiber->done()) continue;
    cluster->running = &thread;
    thread.fiber->resume();
    if (cluster->error) std::rethrow_exception(cluster->error);
  }
  if (cluster->events != events) return;
  if (cluster->deliveries.empty()) throw std::runtime_error("every thread waits");
  const Work last = std::move(cluster->deliveries.back());  // the order in which they come is nobody's to rely on
  cluster->deliveries.pop_back();
  last();
}

void run_cluster(const Launch& launch, Index first, const std::function<void()>& kernel) {
  Cluster current{&launch, &kernel, {}, {}, {}, {}, nullptr, 0, 0, nullptr};
  cluster = &current;
  for (unsigned rank = 0; rank < launch.cluster; ++rank) add_block({first.x + rank, first.y, first.z}, rank);
  current.unfinished = current.threads.size();
  while (current.unfinished > 0) run_turn();
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

uint8_t* shared_memory() { return current_block().shared.get(); }
uint8_t* shared_memory(unsigned rank) { return cluster->blocks.at(rank)->shared.get(); }

void yield() { cluster->running->fiber->suspend(); }

void together(unsigned count, void* operands, const std::function<void(void** all)>& act) {
  const unsigned number = cluster->running->number;
  Meeting& meeting = current_block().meetings[{count, number / count}];
  if (!meet(meeting, count, number % count, operands)) return wait(meeting);
  act(meeting.operands.data());
  part(meeting);
}

void cluster_together() {
  const auto count = static_cast<unsigned>(cluster->threads.size());
  if (!meet(cluster->meeting, count, 0, nullptr)) return wait(cluster->meeting);
  part(cluster->meeting);
}

unsigned capability() { return cluster->launch->capability; }

bool works_late() { return cluster->launch->late; }

namespace {
WorkQueue& work_of(unsigned count) {
  WorkQueue& queue = current_block().work[{count, cluster->running->number / count}];
  if (queue.empty()) queue.emplace_back();
  return queue;
}
}  // namespace

void start_work(unsigned count, Work work) {
  if (!works_late()) return work();
  work_of(count).back().push_back(std::move(work));
}

void commit_work(unsigned count) {
  if (works_late()) work_of(count).emplace_back();
}

void finish_work(unsigned count, unsigned pending) {
  if (!works_late()) return;
  for (WorkQueue& queue = work_of(count); queue.size() > pending + 1; queue.pop_front())
    for (const Work& work : queue.front()) work();
}

void start_delivery(Work work) {
  if (!works_late()) return work();
  cluster->deliveries.push_back(std::move(work));
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
