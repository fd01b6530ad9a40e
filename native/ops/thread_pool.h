// The process's one thread pool: a FIFO of asynchronous jobs, and helpers for loops. The only file that starts threads
// that compute; those of cuda/device_queue.cc wait for GPUs.
//
// Promises: jobs in progress plus helpers never exceed threads(); a loop that finds the pool taken by another loop runs
// alone on its own thread; idle threads sleep, nothing spins; results do not depend on who runs what.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace octavo {

using PoolJob = std::function<void()>;

class ThreadPool {
 public:
  static ThreadPool& instance();

  size_t threads() const { return threads_.load(std::memory_order_relaxed); }
  void set_threads(size_t threads);

  /// Calls body(i) for every i below count, on this thread and on idle helpers, and returns when all are done.
  /// At most `width` threads take part. The body must not throw.
  void parallel_for(size_t count, size_t width, const std::function<void(size_t)>& body);

  /// Queues a job. Jobs start in the order in which they were queued. False, and nothing queued, when the system gives
  /// no thread at all.
  bool submit(std::shared_ptr<PoolJob> job);
  /// Takes a job that has not started out of the queue; false if it started or is not there.
  bool cancel(const std::shared_ptr<PoolJob>& job);

  /// Ends and joins all threads once their present work is done. The pool starts again with the next use; jobs that are
  /// submitted meanwhile run afterwards.
  void stop();

 private:
  struct Loop;

  void start_threads(size_t wanted);
  void run_thread();
  void run_job(std::unique_lock<std::mutex>& lock);
  bool may_start() const { return busy_ < threads(); }
  static void run_tickets(Loop& loop);

  std::atomic<size_t> threads_{1};
  std::mutex mutex_, stop_mutex_;
  std::condition_variable wake_, loop_done_;
  std::deque<std::shared_ptr<PoolJob>> queue_;
  std::vector<std::thread> workers_;
  Loop* loop_ = nullptr;  // the loop that may take helpers
  size_t busy_ = 0;       // jobs in progress, helpers, and the thread that owns a loop outside of a job
  bool stopping_ = false;
};

}  // namespace octavo
