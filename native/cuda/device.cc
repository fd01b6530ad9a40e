#include "cuda/device.h"

#include <algorithm>

#include "cuda/cublaslt.h"
#include "cuda/kernel_images.h"
#include "cuda/lost_gpus.h"

namespace octavo::cuda {
namespace {

Status describe_device(const Driver& d, int number, DeviceNumber* device, DeviceInfo* info) {
  if (const Result result = d.device(device, number); result != Result::kSuccess)
    return status_of(result, "finding a GPU");
  char name[256] = {};
  d.device_name(name, sizeof name, *device);
  info->number = number;
  info->name = name;
  d.device_uuid(&info->uuid, *device);
  d.device_memory(&info->memory_bytes, *device);
  const auto attribute = [&](Attribute which) {
    int value = 0;
    d.device_attribute(&value, which, *device);
    return value;
  };
  info->major = attribute(Attribute::kComputeCapabilityMajor);
  info->minor = attribute(Attribute::kComputeCapabilityMinor);
  info->multiprocessors = attribute(Attribute::kMultiprocessorCount);
  info->l2_bytes = static_cast<size_t>(attribute(Attribute::kL2CacheSize));
  info->shared_bytes = static_cast<size_t>(attribute(Attribute::kSharedMemoryPerBlock));
  return {};
}

Status count_devices(const Driver** d, int* count) {
  std::string why_not;
  *d = driver(&why_not);
  if (*d == nullptr) return Status::error(Code::kUnsupported, why_not);
  return status_of((*d)->device_count(count), "counting GPUs");
}

/// The kernels that this driver can load.
Status find_usable_kernels(const Driver& d, std::span<const KernelImage>* kernels) {
  int version = 0;
  if (const Result result = d.version(&version); result != Result::kSuccess)
    return status_of(result, "asking the driver for its version");
  return find_kernels(version, kernels);
}

/// Before it, a GPU has no int8 tensor cores.
bool is_supported(const DeviceInfo& info) { return info.major * 10 + info.minor >= 75; }

std::string describe_capability(const DeviceInfo& info) {
  return info.name + " has " + std::to_string(info.major) + "." + std::to_string(info.minor);
}

}  // namespace

Status list_devices(std::vector<DeviceInfo>* devices) {
  const Driver* d = nullptr;
  int count = 0;
  if (Status status = count_devices(&d, &count); !status.ok()) return status;
  if (count == 0) return Status::error(Code::kUnsupported, "the NVIDIA driver finds no GPU");
  std::span<const KernelImage> kernels;
  if (Status status = find_usable_kernels(*d, &kernels); !status.ok()) return status;
  devices->resize(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    DeviceNumber device;
    if (Status status = describe_device(*d, i, &device, &(*devices)[static_cast<size_t>(i)]); !status.ok())
      return status;
  }
  return {};
}

Status check_available() {
  std::vector<DeviceInfo> devices;
  if (Status status = list_devices(&devices); !status.ok()) return status;
  if (std::any_of(devices.begin(), devices.end(), is_supported)) return {};
  std::string found;
  for (const DeviceInfo& info : devices) found += (found.empty() ? "" : ", ") + describe_capability(info);
  return Status::error(Code::kUnsupported, "no GPU has compute capability 7.5 or more: " + found);
}

Status Device::open(int number, std::shared_ptr<Device>* device) {
  const std::shared_ptr<Device> opened(new Device());
  Status status = opened->start(number);
  const std::string loss = loss_of(number);
  if (status.code == Code::kDevice && !loss.empty())
    status.message += "; this process lost the GPU before (" + loss + "), and a new one can use it";
  if (!status.ok()) return status;
  *device = opened;
  return {};
}

Status Device::start(int number) {
  int count = 0;
  if (Status status = count_devices(&driver_, &count); !status.ok()) return status;
  if (number < 0 || number >= count)
    return Status::error(Code::kRange,
                         "there is no GPU " + std::to_string(number) + ": this machine has " + std::to_string(count));
  if (Status status = describe_device(*driver_, number, &number_, &info_); !status.ok()) return status;
  if (!is_supported(info_))
    return Status::error(Code::kUnsupported,
                         "a GPU must have compute capability 7.5 or more: " + describe_capability(info_));
  Context context;
  if (const Result result = driver_->retain_context(&context, number_); result != Result::kSuccess)
    return status_of(result, "opening the GPU");
  context_ = context;
  if (Status status = make_current(); !status.ok()) return status;
  if (const Result result = driver_->create_stream(&stream_, kNonBlockingStream); result != Result::kSuccess)
    return status_of(result, "creating a stream");
  return load_kernels();
}

Status Device::load_kernels() {
  std::span<const KernelImage> kernels;
  if (Status status = find_usable_kernels(*driver_, &kernels); !status.ok()) return status;
  for (const KernelImage& image : kernels) {
    if (image.major != 0 && (image.major != info_.major || image.minor != info_.minor)) continue;
    Module module;
    if (const Result result = driver_->load_module(&module, image.data); result != Result::kSuccess)
      return status_of(result, "loading kernels");
    modules_.push_back(module);
  }
  // Freed memory stays with the process: what is computed next needs as much again.
  if (driver_->default_pool(&pool_, number_) == Result::kSuccess) {
    uint64_t all = UINT64_MAX;
    driver_->set_pool_attribute(pool_, kReleaseThreshold, &all);
  }
  return {};
}

Device::Device() : uploads_(*this), downloads_(*this) {}

Device::~Device() {
  queue_.stop();
  cublaslt_.reset();
  if (context_ == nullptr) return;
  // A driver that is gone already, at the end of the process, has nothing left to release; and a lost device nothing
  // but its context, which takes all else with it, and whose end lets the process open the device anew.
  const Result result = driver_->set_context(context_);
  if (result == Result::kDeinitialized) return;
  if (result == Result::kSuccess) {
    if (stream_ != nullptr) {
      driver_->wait_for_stream(stream_);
      scratch_.release(*driver_, stream_);
      driver_->destroy_stream(stream_);
    }
    uploads_.release();
    downloads_.release();
    for (Module module : modules_) driver_->unload_module(module);
  }
  driver_->release_context(number_);
}

Status Device::make_current() const {
  if (lost_) return Status::error(Code::kDevice, "the GPU was lost: " + loss_of(info_.number));
  return status_of(driver_->set_context(context_), "using the GPU");
}

Status Device::check(Result result, const char* doing) {
  if (result == Result::kSuccess) return {};
  Status status = status_of(result, doing);
  if (is_loss(result)) {
    remember_loss(info_.number, status.message);
    lost_ = true;
  }
  return status;
}

Status Device::find_kernel(const KernelLaunch& launch, Function* function) {
  Kernel& kernel = kernels_[launch.name];
  for (size_t i = 0; i < modules_.size() && kernel.function == nullptr; ++i)
    if (driver_->find_function(&kernel.function, modules_[i], launch.name) != Result::kSuccess)
      kernel.function = nullptr;
  if (kernel.function == nullptr)
    return Status::error(Code::kNative, std::string("there is no kernel ") + launch.name + " for " + info_.name);
  constexpr size_t kWithoutAsking = 48 << 10;
  if (launch.shared_bytes > kWithoutAsking && launch.shared_bytes > kernel.shared_bytes) {
    const auto bytes = static_cast<int>(launch.shared_bytes);
    const Result result = driver_->set_function_attribute(kernel.function, kMostDynamicShared, bytes);
    if (result != Result::kSuccess) return status_of(result, "reserving shared memory");
    kernel.shared_bytes = launch.shared_bytes;
  }
  *function = kernel.function;
  return {};
}

Status Device::launch(const KernelLaunch& launch, void** parameters) {
  if (Status status = make_current(); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  Function function = nullptr;
  if (Status status = find_kernel(launch, &function); !status.ok()) return status;
  LaunchAttribute cluster = {};
  cluster.id = kClusterDimension;
  cluster.value.cluster[0] = launch.cluster;
  cluster.value.cluster[1] = cluster.value.cluster[2] = 1;
  LaunchConfig config = {};
  config.grid_x = launch.grid_x;
  config.grid_y = launch.grid_y;
  config.grid_z = launch.grid_z;
  config.block_x = launch.threads;
  config.block_y = config.block_z = 1;
  config.shared_bytes = static_cast<unsigned>(launch.shared_bytes);
  config.stream = stream_;
  config.attributes = &cluster;
  config.attribute_count = launch.cluster > 1 ? 1 : 0;
  return check(driver_->launch(&config, function, parameters, nullptr), launch.name);
}

Status Device::synchronize() {
  if (Status status = make_current(); !status.ok()) return status;
  return check(driver_->wait_for_stream(stream_), "computing on the GPU");
}

Status Device::free_bytes(size_t* bytes) {
  if (Status status = make_current(); !status.ok()) return status;
  size_t total = 0;
  if (Status status = check(driver_->free_memory(bytes, &total), "asking for free memory"); !status.ok()) return status;
  uint64_t reserved = 0, used = 0;
  if (driver_->pool_attribute(pool_, kReservedBytes, &reserved) == Result::kSuccess &&
      driver_->pool_attribute(pool_, kUsedBytes, &used) == Result::kSuccess && used < reserved)
    *bytes += static_cast<size_t>(reserved - used);
  return {};
}

Result Device::allocate(DeviceAddress* data, size_t bytes) {
  const Result result = driver_->allocate(data, bytes, stream_);
  if (result != Result::kOutOfMemory) return result;
  // What was freed is there when the stream has come that far, and in one piece when the pool has let go of it.
  if (driver_->wait_for_stream(stream_) != Result::kSuccess) return result;
  driver_->trim_pool(pool_, 0);
  return driver_->allocate(data, bytes, stream_);
}

Status Device::use_cublaslt(const std::string& choice) {
  if (Status status = make_current(); !status.ok()) return status;
  std::string why_not;
  cublaslt_ = CublasLt::create(*this, choice, &why_not);
  return cublaslt_ != nullptr ? Status{} : Status::error(Code::kUnsupported, why_not);
}

Status DeviceMemory::allocate(std::shared_ptr<Device> device, size_t bytes) {
  release();
  if (Status status = device->make_current(); !status.ok()) return status;
  const Result result = device->allocate(&data_, bytes == 0 ? 1 : bytes);
  if (result != Result::kSuccess) {
    data_ = 0;
    Status status = device->check(result, ("allocating " + std::to_string(bytes) + " bytes on the GPU").c_str());
    size_t free = 0;
    if (status.code == Code::kMemory && device->free_bytes(&free).ok())
      status.message += "; " + std::to_string(free) + " bytes are free";
    return status;
  }
  device_ = std::move(device);
  bytes_ = bytes;
  return {};
}

void DeviceMemory::release() {
  if (data_ != 0 && device_->make_current().ok()) device_->driver().free(data_, device_->stream());
  data_ = 0;
  bytes_ = 0;
  device_.reset();
}

}  // namespace octavo::cuda
