// Devices and their memory as calls take them, checked, and calls whose results a device's queue waits for.
#pragma once

#include "binding/calls.h"
#include "binding/handles.h"
#include "cuda/transfers.h"

namespace octavo {

using DevicePointer = std::shared_ptr<cuda::Device>;
using MemoryPointer = std::shared_ptr<const cuda::DeviceMemory>;

/// Each throws ERR_DTYPE for anything else and ERR_DISPOSED for what was disposed of.
DevicePointer device_of(Napi::Env env, Napi::Value value, const char* name);
MemoryPointer device_memory_of(Napi::Env env, Napi::Value value, const char* name);

/// Throws ERR_UNSUPPORTED if the memory is another device's, ERR_SHAPE if it is smaller than `bytes`.
void check_device_memory(Napi::Env env, const DevicePointer& device, const cuda::DeviceMemory& memory, const char* name,
                         size_t bytes);

/// `count` values of T in a device's memory, which lives as long as this does.
template <typename T>
struct DeviceSpan {
  MemoryPointer memory;
  T* data = nullptr;
};

/// What a call reads.
template <typename T>
DeviceSpan<const T> device_input(Napi::Env env, const DevicePointer& device, Napi::Value value, const char* name,
                                 size_t count) {
  MemoryPointer memory = device_memory_of(env, value, name);
  check_device_memory(env, device, *memory, name, count * sizeof(T));
  const T* data = memory->as<const T>();
  return {std::move(memory), data};
}

/// What a call writes. Whoever wants to read the memory as it is has put that on the stream when this returns.
template <typename T>
DeviceSpan<T> device_output(Napi::Env env, const DevicePointer& device, Napi::Value value, const char* name,
                            size_t count) {
  MemoryPointer memory = device_memory_of(env, value, name);
  check_device_memory(env, device, *memory, name, count * sizeof(T));
  device->readbacks().wait_for(memory->address());
  T* data = memory->as<T>();
  return {std::move(memory), data};
}

/// A call whose constructor puts work on the device's stream and whose run(), on the thread of the device's queue,
/// waits for it. No thread of the pool does.
class DeviceCall : public Call {
 public:
  bool submit(std::shared_ptr<PoolJob> job) final { return device_->queue().submit(std::move(job)); }

 protected:
  explicit DeviceCall(DevicePointer device) : device_(std::move(device)) {}
  const DevicePointer& device() const { return device_; }

 private:
  DevicePointer device_;
};

/// Exports C as one function, which returns a promise.
template <typename C>
void export_later(Napi::Env env, Napi::Object exports, const std::string& name) {
  export_function(env, exports, name, call_later<C>);
}

/// Exports C as one function, which returns when run() has.
template <typename C>
void export_now(Napi::Env env, Napi::Object exports, const std::string& name) {
  export_function(env, exports, name, call_now<C>);
}

}  // namespace octavo
