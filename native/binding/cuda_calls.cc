// cudaReason, cudaDevices, cudaOpen, and the memory of open devices: allocate, copy to and from, wait.
#include <algorithm>

#include "binding/cuda_input.h"
#include "core/sizes.h"
#include "cuda/cublaslt.h"

namespace octavo {
namespace {

/// Empty where a GPU can be used.
Napi::Value cuda_reason(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), cuda::check_available().message);
}

/// As nvidia-smi shows it.
std::string text_of_uuid(const cuda::Uuid& uuid) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "GPU";
  for (size_t i = 0; i < sizeof uuid.bytes; ++i) {
    const auto byte = static_cast<unsigned char>(uuid.bytes[i]);
    if (i == 0 || i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Napi::Object describe(Napi::Env env, const cuda::DeviceInfo& device) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("index", device.number);
  object.Set("name", device.name);
  object.Set("computeCapability", std::to_string(device.major) + "." + std::to_string(device.minor));
  object.Set("multiprocessors", device.multiprocessors);
  object.Set("memoryBytes", static_cast<double>(device.memory_bytes));
  object.Set("uuid", text_of_uuid(device.uuid));
  return object;
}

/// All of the machine, none where there is no driver.
Napi::Value cuda_devices(const Napi::CallbackInfo& info) {
  std::vector<cuda::DeviceInfo> devices;
  if (!cuda::list_devices(&devices).ok()) devices.clear();
  const Napi::Array list = Napi::Array::New(info.Env());
  for (const cuda::DeviceInfo& device : devices) list.Set(list.Length(), describe(info.Env(), device));
  return list;
}

/// (index, cublasLt): opening takes the driver a while, so it happens on the pool
class OpenCall : public Call {
 public:
  explicit OpenCall(Arguments& args) : number_(args.size(0, "index")), cublaslt_(args.text(1, "cublasLt")) {}
  Status run() override {
    if (Status status = cuda::check_available(); status.code == Code::kUnsupported) return status;
    const auto number = static_cast<int>(std::min<size_t>(number_, INT32_MAX));
    if (Status status = cuda::Device::open(number, &device_); !status.ok()) return status;
    Status found = device_->use_cublaslt(cublaslt_);
    // Nobody has asked for it who has not named a file.
    return cublaslt_ == "auto" || cublaslt_ == "off" ? Status() : found;
  }
  Napi::Value result(Napi::Env env) override {
    return make_handle(env, std::make_shared<OpenDevice>(OpenDevice{std::move(device_)}));
  }

 private:
  size_t number_;
  std::string cublaslt_;
  DevicePointer device_;
};

/// (device)
Napi::Value cuda_describe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const DevicePointer device = device_of(env, info[0], "device");
  const Napi::Object object = describe(env, device->info());
  const cuda::CublasLt* const cublaslt = device->cublaslt();
  object.Set("cublasLt", cublaslt == nullptr ? env.Null() : Napi::String::New(env, cublaslt->version()));
  return object;
}

/// (device)
Napi::Value cuda_free_bytes(const Napi::CallbackInfo& info) {
  size_t bytes = 0;
  throw_if_failed(info.Env(), device_of(info.Env(), info[0], "device")->free_bytes(&bytes));
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

/// (device, bytes)
class AllocateCall : public Call {
 public:
  explicit AllocateCall(Arguments& args)
      : device_(device_of(args.env(), args.at(0), "device")), bytes_(args.size(1, "bytes")) {}
  Status run() override { return memory_->allocate(device_, bytes_); }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(memory_)); }

 private:
  DevicePointer device_;
  size_t bytes_;
  std::shared_ptr<cuda::DeviceMemory> memory_ = std::make_shared<cuda::DeviceMemory>();
};

/// (device, data, rows, rowBytes, strideBytes): new memory with the rows one behind the other
class UploadCall : public Call {
 public:
  explicit UploadCall(Arguments& args)
      : device_(device_of(args.env(), args.at(0), "device")), data_(args.input<uint8_t>(1, "data")) {
    rows_ = {data_.data, args.size(2, "rows"), args.size(3, "rowBytes"), args.size(4, "strideBytes")};
    if (rows_.rows > 1 && rows_.stride_bytes < rows_.row_bytes)
      throw_error(args.env(), Code::kShape, "rows of data must not overlap");
    if (data_.length < strided_length(rows_.rows, rows_.row_bytes, rows_.stride_bytes))
      throw_error(args.env(), Code::kShape, "data is too short for its rows");
  }
  Status run() override {
    if (Status status = memory_->allocate(device_, rows_.rows * rows_.row_bytes); !status.ok()) return status;
    return cuda::upload(*device_, rows_, *memory_);
  }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(memory_)); }

 private:
  DevicePointer device_;
  Input<uint8_t> data_;
  cuda::HostRows rows_;
  std::shared_ptr<cuda::DeviceMemory> memory_ = std::make_shared<cuda::DeviceMemory>();
};

/// (memory, out): as much of it as out holds
class DownloadCall : public DeviceCall {
 public:
  explicit DownloadCall(Arguments& args) : DownloadCall(args, device_memory_of(args.env(), args.at(0), "memory")) {}
  Status run() override { return readback_.finish(out_.data); }

 private:
  DownloadCall(Arguments& args, const MemoryPointer& memory)
      : DeviceCall(memory->device()), out_(args.output<uint8_t>(1, "out")) {
    if (out_.length > memory->size_bytes())
      throw_error(args.env(), Code::kShape, "out must not be longer than the memory");
    throw_if_failed(args.env(), readback_.start(memory, out_.length));
  }

  Output<uint8_t> out_;
  cuda::Readback readback_;
};

/// (device): settles when all that is on the stream now is done
class SynchronizeCall : public DeviceCall {
 public:
  explicit SynchronizeCall(Arguments& args) : DeviceCall(device_of(args.env(), args.at(0), "device")) {
    throw_if_failed(args.env(), end_.record(*device()));
  }
  Status run() override { return end_.wait(); }

 private:
  cuda::StreamEvent end_;
};

}  // namespace

void export_cuda_calls(Napi::Env env, Napi::Object exports) {
  exports.Set("cudaReason", Napi::Function::New<cuda_reason>(env, "cudaReason"));
  exports.Set("cudaDevices", Napi::Function::New<cuda_devices>(env, "cudaDevices"));
  exports.Set("cudaDescribe", Napi::Function::New<cuda_describe>(env, "cudaDescribe"));
  exports.Set("cudaFreeBytes", Napi::Function::New<cuda_free_bytes>(env, "cudaFreeBytes"));
  export_later<OpenCall>(env, exports, "cudaOpen");
  export_now<AllocateCall>(env, exports, "cudaAllocate");
  export_now<UploadCall>(env, exports, "cudaUpload");
  export_later<DownloadCall>(env, exports, "cudaDownload");
  export_later<SynchronizeCall>(env, exports, "cudaSynchronize");
}

}  // namespace octavo
