// The thread pool's promises: every index once, no more threads than allowed, first in first out, restart after a stop.
#include <doctest/doctest.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "ops/thread_pool.h"

using namespace octavo;

namespace {

/// Counts how many are inside at once.
struct Crowd {
  std::atomic<int> inside{0}, most{0};

  void enter() {
    const int now = ++inside;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
    }
  }
  void leave() { --inside; }
};

/// Waits until `count` jobs have reported.
class Latch {
 public:
  explicit Latch(int count) : count_(count) {}
  void arrive() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) done_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return count_ <= 0; });
  }
  /// False if it took longer than `limit`.
  bool wait_for(std::chrono::seconds limit) {
    std::unique_lock lock(mutex_);
    return done_.wait_for(lock, limit, [this] { return count_ <= 0; });
  }

 private:
  int count_;
  std::mutex mutex_;
  std::condition_variable done_;
};

std::shared_ptr<PoolJob> make_job(std::function<void()> body) { return std::make_shared<PoolJob>(std::move(body)); }

}  // namespace

TEST_CASE("a loop calls every index once, whatever the number of threads") {
  ThreadPool& pool = ThreadPool::instance();
  for (const size_t threads : {1u, 2u, 5u})
    for (const size_t count : {0u, 1u, 2u, 7u, 1000u}) {
      pool.set_threads(threads);
      std::vector<std::atomic<int>> calls(count);
      pool.parallel_for(count, threads, [&](size_t i) { ++calls[i]; });
      for (const auto& call : calls) CHECK(call == 1);
    }
  pool.set_threads(1);
}

TEST_CASE("jobs and helpers together never exceed the number of threads") {
  ThreadPool& pool = ThreadPool::instance();
  pool.set_threads(3);
  Crowd crowd;
  Latch latch(40);
  for (int i = 0; i < 40; ++i)
    REQUIRE(pool.submit(make_job([&] {
      pool.parallel_for(16, 3, [&](size_t) {
        crowd.enter();
        std::this_thread::sleep_for(std::chrono::microseconds(50));
        crowd.leave();
      });
      latch.arrive();
    })));
  latch.wait();
  CHECK(crowd.most <= 3);
  pool.set_threads(1);
}

TEST_CASE("jobs start in the order in which they were queued, and queued ones can be cancelled") {
  ThreadPool& pool = ThreadPool::instance();
  pool.set_threads(1);
  std::mutex gate;
  gate.lock();
  std::vector<int> order;
  Latch latch(4);
  const auto blocker = make_job([&] {
    const std::lock_guard wait(gate);
    latch.arrive();
  });
  REQUIRE(pool.submit(blocker));
  std::vector<std::shared_ptr<PoolJob>> jobs;
  for (int i = 0; i < 4; ++i) {
    jobs.push_back(make_job([&, i] {
      order.push_back(i);
      latch.arrive();
    }));
    REQUIRE(pool.submit(jobs.back()));
  }
  CHECK(pool.cancel(jobs[2]));
  CHECK_FALSE(pool.cancel(jobs[2]));
  gate.unlock();
  latch.wait();
  CHECK(order == std::vector<int>{0, 1, 3});
}

TEST_CASE("with several threads no job starts before those queued ahead of it, but for one on each other thread") {
  constexpr size_t kThreads = 3, kJobs = 300;
  ThreadPool& pool = ThreadPool::instance();
  pool.set_threads(kThreads);
  std::mutex mutex;
  std::vector<bool> started(kJobs);
  size_t most_overtaken = 0;
  Latch latch(kJobs);
  for (size_t i = 0; i < kJobs; ++i)
    REQUIRE(pool.submit(make_job([&, i] {
      {
        const std::lock_guard lock(mutex);
        started[i] = true;
        const auto overtaken =
            static_cast<size_t>(std::count(started.begin(), started.begin() + static_cast<std::ptrdiff_t>(i), false));
        most_overtaken = std::max(most_overtaken, overtaken);
      }
      latch.arrive();
    })));
  latch.wait();
  CHECK(most_overtaken < kThreads);
  pool.set_threads(1);
}

TEST_CASE("a loop that finds the pool taken by another runs alone on its own thread") {
  ThreadPool& pool = ThreadPool::instance();
  pool.set_threads(4);
  std::mutex gate;
  gate.lock();
  Latch begun(1);
  std::thread owner([&] {
    pool.parallel_for(2, 2, [&](size_t i) {  // two threads stay free
      if (i == 0) begun.arrive();
      const std::lock_guard wait(gate);
    });
  });
  begun.wait();
  std::vector<std::thread::id> ran_on(50);
  pool.parallel_for(ran_on.size(), 4, [&](size_t i) { ran_on[i] = std::this_thread::get_id(); });
  CHECK(std::count(ran_on.begin(), ran_on.end(), std::this_thread::get_id()) == 50);
  gate.unlock();
  owner.join();
  pool.set_threads(1);
}

TEST_CASE("jobs that wait when the pool stops are not lost") {
  ThreadPool& pool = ThreadPool::instance();
  for (const size_t threads : {1u, 3u}) {
    pool.set_threads(threads);
    std::mutex gate;
    gate.lock();
    Latch blocked(static_cast<int>(threads)), done(25);
    for (size_t i = 0; i < threads; ++i)
      REQUIRE(pool.submit(make_job([&] {
        blocked.arrive();
        const std::lock_guard wait(gate);
      })));
    blocked.wait();
    for (int i = 0; i < 25; ++i) REQUIRE(pool.submit(make_job([&] { done.arrive(); })));
    std::thread stopper([&] { pool.stop(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // until it waits for the threads
    gate.unlock();
    stopper.join();
    CHECK(done.wait_for(std::chrono::seconds(10)));
  }
  pool.set_threads(1);
}

TEST_CASE("threads without work sleep") {
  const auto cpu_seconds = [] {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  ThreadPool& pool = ThreadPool::instance();
  pool.set_threads(4);
  std::atomic<size_t> total{0};
  pool.parallel_for(1000, 4, [&](size_t i) { total += i; });
  Latch latch(8);
  for (int i = 0; i < 8; ++i) REQUIRE(pool.submit(make_job([&] { latch.arrive(); })));
  latch.wait();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const double before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  CHECK(cpu_seconds() - before < 0.025);  // one spinning thread would take 0.25
  pool.set_threads(1);
}

TEST_CASE("callers on several threads at once all finish") {
  ThreadPool& pool = ThreadPool::instance();
  pool.set_threads(2);
  std::atomic<size_t> total{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) pool.parallel_for(20, 2, [&](size_t i) { total += i; });
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(total == 4 * 50 * 190);
  pool.set_threads(1);
}

TEST_CASE("jobs that come while the pool stops still run") {
  ThreadPool& pool = ThreadPool::instance();
  pool.set_threads(4);
  for (int round = 0; round < 200; ++round) {
    Latch latch(20);
    std::thread stopper([&] { pool.stop(); }), another([&] { pool.stop(); });
    for (int i = 0; i < 20; ++i) REQUIRE(pool.submit(make_job([&] { latch.arrive(); })));
    latch.wait();
    stopper.join();
    another.join();
  }
  pool.set_threads(1);
}

TEST_CASE("a stopped pool starts again") {
  ThreadPool& pool = ThreadPool::instance();
  for (int round = 0; round < 3; ++round) {
    Latch latch(1);
    REQUIRE(pool.submit(make_job([&] { latch.arrive(); })));
    latch.wait();
    pool.stop();
  }
}
