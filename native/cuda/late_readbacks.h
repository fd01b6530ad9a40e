// Memory of a device that somebody wants to read as it is, before the copy is on the stream.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "cuda/driver_api.h"

namespace octavo::cuda {

class LateReadbacks {
 public:
  void add(DeviceAddress memory) {
    const std::lock_guard lock(mutex_);
    memories_.push_back(memory);
  }
  void remove(DeviceAddress memory) {
    const std::lock_guard lock(mutex_);
    memories_.erase(std::find(memories_.begin(), memories_.end(), memory));
    changed_.notify_all();
  }
  bool any() const {
    const std::lock_guard lock(mutex_);
    return !memories_.empty();
  }
  /// What writes to the memory calls it first. The device's queue ends the wait, never the thread that waits.
  void wait_for(DeviceAddress memory) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return std::find(memories_.begin(), memories_.end(), memory) == memories_.end(); });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<DeviceAddress> memories_;
};

}  // namespace octavo::cuda
