// A point of a device's stream that can be waited for.
#pragma once

#include <utility>

#include "core/status.h"
#include "cuda/driver_api.h"

namespace octavo::cuda {

class Device;

/// Must not outlive its device.
class StreamEvent {
 public:
  StreamEvent() = default;
  StreamEvent(StreamEvent&& other) noexcept { *this = std::move(other); }
  StreamEvent& operator=(StreamEvent&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(event_, other.event_);
    return *this;
  }
  ~StreamEvent();

  /// Marks the end of what is on the stream now. Once for an event.
  Status record(Device& device);
  /// True if there is nothing to wait for: it happened, the device failed, or it was not recorded.
  bool is_over() const;
  /// Sleeps until it has happened; kDevice if the device failed.
  Status wait() const;

 private:
  Device* device_ = nullptr;
  Event event_ = nullptr;
};

}  // namespace octavo::cuda
