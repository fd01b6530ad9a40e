#include "cuda/device_queue.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace octavo::cuda {

struct DeviceQueue::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::shared_ptr<QueuedJob>> jobs;
  std::thread thread;
  bool stopping = false;
};

DeviceQueue::DeviceQueue() : state_(std::make_shared<State>()) {}

void DeviceQueue::stop() {
  std::thread thread;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
    thread.swap(state_->thread);
  }
  if (!thread.joinable()) return;
  // The last owner of a device may be a job of its own.
  if (thread.get_id() == std::this_thread::get_id())
    thread.detach();
  else
    thread.join();
}

bool DeviceQueue::submit(std::shared_ptr<QueuedJob> job) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->thread.joinable()) {
    try {
      state_->thread = std::thread(run, state_);
    } catch (const std::system_error&) {
      return false;
    }
  }
  state_->jobs.push_back(std::move(job));
  state_->changed.notify_all();
  return true;
}

void DeviceQueue::run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->changed.wait(lock, [&] { return state->stopping || !state->jobs.empty(); });
    if (state->jobs.empty()) return;
    std::shared_ptr<QueuedJob> job = std::move(state->jobs.front());
    state->jobs.pop_front();
    lock.unlock();
    (*job)();
    job.reset();
    lock.lock();
  }
}

}  // namespace octavo::cuda
