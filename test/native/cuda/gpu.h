// The GPU that the tests run on: device 0 of the driver that is there, or of the library that OCTAVO_CUDA_DRIVER names.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cuda/device.h"

namespace octavo_test {

/// Null where there is none, and then why.
const std::shared_ptr<octavo::cuda::Device>& gpu(std::string* why_not);
/// Of a test that runs only where there is one.
const std::shared_ptr<octavo::cuda::Device>& gpu();
/// Gives it back. To be called once no test needs it.
void close_gpu();
/// True where it is the emulation: sizes of a test that take it seconds are for a real one.
bool gpu_is_emulated();

/// A copy on the device, of exactly these values: what lies behind them is none of a kernel's business.
template <typename T>
class OnDevice {
 public:
  explicit OnDevice(const std::vector<T>& values) : count_(values.size()) {
    REQUIRE(memory_.allocate(gpu(), values.size() * sizeof(T)).ok());
    copy_to_device(values.data());
  }
  T* data() const { return memory_.template as<T>(); }
  octavo::cuda::DeviceMemory& memory() { return memory_; }

  /// What it holds once all work on the stream is done.
  std::vector<T> values() const {
    std::vector<T> values(count_);
    const auto& driver = gpu()->driver();
    REQUIRE(gpu()->make_current().ok());
    const auto from = reinterpret_cast<octavo::cuda::DeviceAddress>(data());
    REQUIRE(driver.copy_to_host(values.data(), from, count_ * sizeof(T), gpu()->stream()) ==
            octavo::cuda::Result::kSuccess);
    const octavo::Status status = gpu()->synchronize();
    REQUIRE_MESSAGE(status.ok(), status.message);
    return values;
  }

 private:
  void copy_to_device(const T* values) {
    if (count_ == 0) return;
    const auto to = reinterpret_cast<octavo::cuda::DeviceAddress>(data());
    REQUIRE(gpu()->driver().copy_to_device(to, values, count_ * sizeof(T), gpu()->stream()) ==
            octavo::cuda::Result::kSuccess);
    REQUIRE(gpu()->synchronize().ok());  // the caller's values may go
  }

  octavo::cuda::DeviceMemory memory_;
  size_t count_;
};

/// Requires success, and says why where there is none.
inline void require_ok(const octavo::Status& status) { REQUIRE_MESSAGE(status.ok(), status.message); }

}  // namespace octavo_test
