// One GPU as one environment uses it: context, stream, kernels, memory. Calls may come from any thread; what they put
// on the stream happens in the order of the calls.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/status.h"
#include "cuda/device_queue.h"
#include "cuda/driver.h"
#include "cuda/late_readbacks.h"
#include "cuda/staging.h"
#include "cuda/zeroed_scratch.h"

namespace octavo::cuda {

struct DeviceInfo {
  int number = 0;
  std::string name;
  Uuid uuid = {};
  int major = 0, minor = 0;  // compute capability
  int multiprocessors = 0;
  size_t memory_bytes = 0, l2_bytes = 0, shared_bytes = 0;  // the last: most that a block can have
};

/// The machine's GPUs; kUnsupported, with the reason, where there is no driver, no GPU, or no kernel for the driver.
Status list_devices(std::vector<DeviceInfo>* devices);

/// Ok if a GPU of the machine can be used; otherwise why none can.
Status check_available();

struct KernelLaunch {
  const char* name;
  unsigned grid_x = 1, grid_y = 1, grid_z = 1, threads = 1;
  size_t shared_bytes = 0;
  unsigned cluster = 1;
};

class CublasLt;

class Device {
 public:
  /// kUnsupported without a driver, kRange for a number that no device has, kDevice or kMemory if it cannot be used.
  static Status open(int number, std::shared_ptr<Device>* device);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const DeviceInfo& info() const { return info_; }
  const Driver& driver() const { return *driver_; }
  Stream stream() const { return stream_; }
  /// To be called before any other use of the driver on a thread. kDevice, at once, when the device was lost.
  Status make_current() const;
  /// As status_of; remembers that the device was lost.
  Status check(Result result, const char* doing);
  /// Puts a kernel on the stream. parameters: pointers to its arguments.
  Status launch(const KernelLaunch& launch, void** parameters);
  /// Waits for all that is on the stream.
  Status synchronize();
  /// Looks for NVIDIA's cuBLASLt as CublasLt::create does, to be called once, before anything is computed.
  /// kUnsupported, with the reason, where it is not used.
  Status use_cublaslt(const std::string& choice);
  /// Null where it is not used.
  CublasLt* cublaslt() const { return cublaslt_.get(); }
  /// Bytes that can be allocated, among them those that the process keeps for its next use.
  Status free_bytes(size_t* bytes);

  /// Where the device is waited for.
  DeviceQueue& queue() { return queue_; }
  StagingRing& uploads() { return uploads_; }
  StagingRing& downloads() { return downloads_; }
  LateReadbacks& readbacks() { return readbacks_; }
  /// For kernels whose blocks merge what they computed.
  ZeroedScratch& scratch() { return scratch_; }

 private:
  friend class DeviceMemory;
  friend class ZeroedScratch;

  Device();
  Status start(int number);
  Status load_kernels();
  Result allocate(DeviceAddress* data, size_t bytes);
  Status find_kernel(const KernelLaunch& launch, Function* function);

  struct Kernel {
    Function function = nullptr;
    size_t shared_bytes = 0;  // what it may have by now
  };

  const Driver* driver_ = nullptr;
  DeviceNumber number_ = 0;
  Context context_ = nullptr;
  Stream stream_ = nullptr;
  std::vector<Module> modules_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kernel> kernels_;
  DeviceInfo info_;
  std::shared_ptr<CublasLt> cublaslt_;
  MemoryPool pool_ = nullptr;
  mutable std::atomic<bool> lost_{false};
  ZeroedScratch scratch_;
  StagingRing uploads_, downloads_;
  LateReadbacks readbacks_;
  DeviceQueue queue_;  // the last: its jobs use what stands before it
};

/// Memory of a device, freed with its owner once what is on the stream by then is done.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  ~DeviceMemory() { release(); }

  /// kMemory if the device has no more; uninitialized.
  Status allocate(std::shared_ptr<Device> device, size_t bytes);
  void release();

  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(data_);  // NOLINT(performance-no-int-to-ptr): a driver has addresses as numbers
  }
  DeviceAddress address() const { return data_; }
  size_t size_bytes() const { return bytes_; }
  const std::shared_ptr<Device>& device() const { return device_; }

 private:
  std::shared_ptr<Device> device_;
  DeviceAddress data_ = 0;
  size_t bytes_ = 0;
};

}  // namespace octavo::cuda
