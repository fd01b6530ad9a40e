#include "cuda/stream_event.h"

#include "cuda/device.h"

namespace octavo::cuda {

StreamEvent::~StreamEvent() {
  if (event_ != nullptr) device_->driver().destroy_event(event_);
}

Status StreamEvent::record(Device& device) {
  if (Status status = device.make_current(); !status.ok()) return status;
  if (Status status = device.check(device.driver().create_event(&event_, kWaitingEvent), "creating an event");
      !status.ok()) {
    event_ = nullptr;
    return status;
  }
  device_ = &device;
  return device.check(device.driver().record_event(event_, device.stream()), "marking a point of the stream");
}

bool StreamEvent::is_over() const {
  return event_ == nullptr || device_->driver().query_event(event_) != Result::kNotReady;
}

Status StreamEvent::wait() const {
  if (event_ == nullptr) return {};
  if (Status status = device_->make_current(); !status.ok()) return status;
  return device_->check(device_->driver().wait_for_event(event_), "computing on the GPU");
}

}  // namespace octavo::cuda
