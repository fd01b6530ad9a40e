// How long the GPU takes for what is put on a device's stream.
#pragma once

#include <cstdint>
#include <memory>

#include "cuda/device.h"

namespace octavo::cuda {

/// Times by events of the GPU what is put on the stream between start() and stop(). Used once.
class LaunchTimer {
 public:
  explicit LaunchTimer(std::shared_ptr<Device> device) : device_(std::move(device)) {}
  ~LaunchTimer();
  LaunchTimer(const LaunchTimer&) = delete;
  LaunchTimer& operator=(const LaunchTimer&) = delete;

  /// First the GPU does nothing for `hold_nanoseconds`, so that what follows is queued when it begins: otherwise the
  /// time would be that of queuing where kernels are short.
  Status start(uint64_t hold_nanoseconds);
  Status stop();
  /// Waits until all of it is done.
  Status finish(double* seconds);

 private:
  Status record(Event* event);

  std::shared_ptr<Device> device_;
  Event start_ = nullptr, end_ = nullptr;
};

/// Memory of the host that the GPU copies from and to by itself.
class PinnedMemory {
 public:
  explicit PinnedMemory(std::shared_ptr<Device> device) : device_(std::move(device)) {}
  ~PinnedMemory();
  PinnedMemory(const PinnedMemory&) = delete;
  PinnedMemory& operator=(const PinnedMemory&) = delete;

  /// Once; kMemory where the system has no more.
  Status allocate(size_t bytes);
  void* data() const { return data_; }

 private:
  std::shared_ptr<Device> device_;
  void* data_ = nullptr;
};

}  // namespace octavo::cuda
