// The thread on which one device's results are waited for, so that no thread of the CPU's pool is.
#pragma once

#include <functional>
#include <memory>

namespace octavo::cuda {

using QueuedJob = std::function<void()>;

/// Runs jobs one after the other, in the order in which they were queued, which is that of the device's stream. The
/// thread starts with the first job and ends with the queue.
class DeviceQueue {
 public:
  DeviceQueue();
  ~DeviceQueue() { stop(); }
  DeviceQueue(const DeviceQueue&) = delete;
  DeviceQueue& operator=(const DeviceQueue&) = delete;

  /// False, and nothing queued, when the system gives no thread. A job must not throw.
  bool submit(std::shared_ptr<QueuedJob> job);
  /// Returns when what is queued has run and the thread has ended.
  void stop();

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace octavo::cuda
