// Device memory that is zero between kernels: those that use it leave zeros behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/status.h"
#include "cuda/driver_api.h"

namespace octavo::cuda {

class Device;

/// Calls may come from any thread. What is handed out stays until release(): a kernel that another thread is about to
/// launch may have been given it.
class ZeroedScratch {
 public:
  /// At least so many words, all zero once what is on the stream by now is done.
  Status words(Device& device, size_t count, uint32_t** data);
  /// To be called with the device's context current, once nothing on the stream uses it.
  void release(const Driver& driver, Stream stream);

 private:
  struct Block {
    DeviceAddress data;
    size_t words;
  };
  std::mutex mutex_;
  std::vector<Block> blocks_;  // each larger than all before it together
};

}  // namespace octavo::cuda
