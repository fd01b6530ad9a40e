#include "ops/thread_pool.h"

#include <algorithm>
#include <system_error>

namespace octavo {
namespace {

// True on a pool thread while it runs a job: that thread is counted as busy already.
thread_local bool inside_job = false;

}  // namespace

/// One parallel_for in progress. Tickets are taken without the lock; joining and leaving happen under it.
struct ThreadPool::Loop {
  const std::function<void(size_t)>& body;
  size_t count;
  size_t helpers_wanted;
  std::atomic<size_t> next{0};
  size_t helpers = 0;

  bool wants_helper() const { return helpers_wanted > 0 && next.load(std::memory_order_relaxed) < count; }
};

ThreadPool& ThreadPool::instance() {
  static ThreadPool* const pool = new ThreadPool;  // never destroyed: threads may outlive static destructors
  return *pool;
}

void ThreadPool::set_threads(size_t threads) {
  const std::lock_guard lock(mutex_);
  threads_.store(threads, std::memory_order_relaxed);
  start_threads(queue_.size());
  wake_.notify_all();
}

void ThreadPool::run_tickets(Loop& loop) {
  for (size_t i; (i = loop.next.fetch_add(1, std::memory_order_relaxed)) < loop.count;) loop.body(i);
}

void ThreadPool::parallel_for(size_t count, size_t width, const std::function<void(size_t)>& body) {
  const size_t helpers = std::min({count, width, threads()});
  Loop loop{body, count, helpers > 0 ? helpers - 1 : 0};
  if (loop.helpers_wanted == 0) return run_tickets(loop);
  std::unique_lock lock(mutex_);
  const bool counted = inside_job;
  if (loop_ != nullptr || stopping_ || (!counted && !may_start())) {
    lock.unlock();
    return run_tickets(loop);
  }
  loop_ = &loop;
  busy_ += counted ? 0 : 1;
  start_threads(loop.helpers_wanted);
  wake_.notify_all();
  lock.unlock();
  run_tickets(loop);
  lock.lock();
  loop_ = nullptr;
  loop_done_.wait(lock, [&] { return loop.helpers == 0; });
  busy_ -= counted ? 0 : 1;
  if (!queue_.empty()) wake_.notify_all();
}

bool ThreadPool::submit(std::shared_ptr<PoolJob> job) {
  const std::lock_guard lock(mutex_);
  start_threads(queue_.size() + 1);
  if (workers_.empty() && !stopping_) return false;  // while it stops, stop() takes care of what is queued
  queue_.push_back(std::move(job));
  wake_.notify_one();
  return true;
}

bool ThreadPool::cancel(const std::shared_ptr<PoolJob>& job) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(queue_.begin(), queue_.end(), job);
  if (found == queue_.end()) return false;
  queue_.erase(found);
  return true;
}

void ThreadPool::stop() {
  const std::lock_guard one_at_a_time(stop_mutex_);  // a second stop would call off the first before its threads saw it
  std::vector<std::thread> workers;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    workers.swap(workers_);
    wake_.notify_all();
  }
  for (std::thread& worker : workers) worker.join();
  std::unique_lock lock(mutex_);
  stopping_ = false;
  // Jobs may have come meanwhile, from an environment that began while the last one ended.
  start_threads(queue_.size());
  while (workers_.empty() && !queue_.empty()) run_job(lock);
}

/// Makes sure that `wanted` more pieces of work find a thread, as far as threads() and the system allow. Called under
/// the lock.
void ThreadPool::start_threads(size_t wanted) {
  if (stopping_) return;
  const size_t target = std::min(threads(), busy_ + wanted);
  try {
    while (workers_.size() < target) workers_.emplace_back([this] { run_thread(); });
  } catch (const std::system_error&) {
    // Fewer threads than allowed: the ones that exist do the work.
  }
}

/// Runs the first job of the queue on this thread, without the lock.
void ThreadPool::run_job(std::unique_lock<std::mutex>& lock) {
  const std::shared_ptr<PoolJob> job = std::move(queue_.front());
  queue_.pop_front();
  ++busy_;
  lock.unlock();
  inside_job = true;
  (*job)();
  inside_job = false;
  lock.lock();
  --busy_;
}

void ThreadPool::run_thread() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!queue_.empty() && may_start()) {
      run_job(lock);
    } else if (loop_ != nullptr && loop_->wants_helper() && may_start()) {
      Loop& loop = *loop_;
      --loop.helpers_wanted;
      ++loop.helpers;
      ++busy_;
      lock.unlock();
      run_tickets(loop);
      lock.lock();
      --busy_;
      if (--loop.helpers == 0) loop_done_.notify_all();
    } else if (stopping_) {
      return;
    } else {
      wake_.wait(lock);
    }
  }
}

}  // namespace octavo
