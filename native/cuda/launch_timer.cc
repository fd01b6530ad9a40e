#include "cuda/launch_timer.h"

#include <cstring>

#include "cuda/peak.h"

namespace octavo::cuda {

LaunchTimer::~LaunchTimer() {
  if (!device_->make_current().ok()) return;
  for (Event event : {start_, end_})
    if (event != nullptr) device_->driver().destroy_event(event);
}

Status LaunchTimer::record(Event* event) {
  if (Status status = device_->make_current(); !status.ok()) return status;
  const Driver& d = device_->driver();
  if (const Result result = d.create_event(event, kTimedEvent); result != Result::kSuccess) {
    *event = nullptr;
    return device_->check(result, "creating an event");
  }
  return device_->check(d.record_event(*event, device_->stream()), "recording an event");
}

Status LaunchTimer::start(uint64_t hold_nanoseconds) {
  if (hold_nanoseconds > 0)
    if (Status status = hold(*device_, hold_nanoseconds); !status.ok()) return status;
  return record(&start_);
}

Status LaunchTimer::stop() { return record(&end_); }

Status LaunchTimer::finish(double* seconds) {
  if (Status status = device_->make_current(); !status.ok()) return status;
  const Driver& d = device_->driver();
  if (Status status = device_->check(d.wait_for_event(end_), "computing on the GPU"); !status.ok()) return status;
  float milliseconds = 0;
  const Result result = d.event_milliseconds(&milliseconds, start_, end_);
  *seconds = static_cast<double>(milliseconds) * 1e-3;
  return device_->check(result, "taking the time");
}

PinnedMemory::~PinnedMemory() {
  // A call that is given up may have copies under way.
  if (data_ != nullptr && device_->synchronize().ok()) device_->driver().free_host(data_);
}

Status PinnedMemory::allocate(size_t bytes) {
  if (Status status = device_->make_current(); !status.ok()) return status;
  const Result result = device_->driver().allocate_host(&data_, bytes == 0 ? 1 : bytes, kPortableHostMemory);
  if (result != Result::kSuccess) {
    data_ = nullptr;
    return device_->check(result, "pinning memory");
  }
  std::memset(data_, 1, bytes);
  return {};
}

}  // namespace octavo::cuda
