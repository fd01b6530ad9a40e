#include "binding/cuda_input.h"

namespace octavo {

DevicePointer device_of(Napi::Env env, Napi::Value value, const char* name) {
  const std::shared_ptr<const OpenDevice> open = handle_of(env, value, name).get<OpenDevice>();
  if (!open) throw_error(env, Code::kDtype, std::string(name) + " must be a device");
  return open->device;
}

MemoryPointer device_memory_of(Napi::Env env, Napi::Value value, const char* name) {
  MemoryPointer memory = handle_of(env, value, name).get<cuda::DeviceMemory>();
  if (!memory) throw_error(env, Code::kDtype, std::string(name) + " must be memory of a device");
  return memory;
}

void check_device_memory(Napi::Env env, const DevicePointer& device, const cuda::DeviceMemory& memory, const char* name,
                         size_t bytes) {
  if (memory.device() != device)
    throw_error(env, Code::kUnsupported, std::string(name) + " lies in another device's memory");
  if (memory.size_bytes() < bytes)
    throw_error(env, Code::kShape,
                std::string(name) + " must have " + std::to_string(bytes) + " bytes, got " +
                    std::to_string(memory.size_bytes()));
}

}  // namespace octavo
