// Data between the host and a device, in the order of the device's stream.
#pragma once

#include <cstddef>
#include <memory>

#include "core/status.h"
#include "cuda/device.h"
#include "cuda/stream_event.h"

namespace octavo::cuda {

/// Rows of equal length that lie `stride_bytes` apart.
struct HostRows {
  const void* data;
  size_t rows, row_bytes, stride_bytes;
};

/// Puts the rows, one behind the other, into `memory`, which has room for them. When it returns, the host's data may be
/// changed and freed.
Status upload(Device& device, const HostRows& rows, const DeviceMemory& memory);

/// Bytes on their way from a device to the host. They are what the memory held when start() was called.
class Readback {
 public:
  Readback() = default;
  Readback(const Readback&) = delete;
  Readback& operator=(const Readback&) = delete;
  /// Waits for the device if it may be writing still.
  ~Readback();

  /// Puts the copy of the first `bytes` on the stream where there is room for them in pinned memory. Else finish() does
  /// it, and until then nothing may write to the memory: see LateReadbacks.
  Status start(std::shared_ptr<const DeviceMemory> memory, size_t bytes);
  /// Waits for the bytes. To be called on the thread of the device's queue.
  Status finish(void* to);

 private:
  Status copy_in_pieces(std::byte* to);
  void drop();

  std::shared_ptr<const DeviceMemory> memory_;
  size_t bytes_ = 0;
  const std::byte* piece_ = nullptr;  // where the bytes arrive, if they are on the way
  StreamEvent arrival_;
  bool is_late_ = false;  // the copy is not on the stream yet
};

}  // namespace octavo::cuda
