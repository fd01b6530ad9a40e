#include "cuda/device.h"

#include "cuda/kernel_images.h"

namespace octavo::cuda {
namespace {

Status describe_device(const Driver& d, int number, CUdevice* device, DeviceInfo* info) {
  if (const CUresult result = d.DeviceGet(device, number); result != CUDA_SUCCESS)
    return status_of(result, "finding a GPU");
  char name[256] = {};
  d.DeviceGetName(name, sizeof name, *device);
  info->name = name;
  d.DeviceTotalMem(&info->memory_bytes, *device);
  const auto attribute = [&](CUdevice_attribute which) {
    int value = 0;
    d.DeviceGetAttribute(&value, which, *device);
    return value;
  };
  info->major = attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  info->minor = attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  info->multiprocessors = attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  info->l2_bytes = static_cast<size_t>(attribute(CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE));
  info->shared_bytes = static_cast<size_t>(attribute(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
  return {};
}

Status count_devices(const Driver** d, int* count) {
  std::string why_not;
  *d = driver(&why_not);
  if (*d == nullptr) return Status::error(Code::kUnsupported, why_not);
  return status_of((*d)->DeviceGetCount(count), "counting GPUs");
}

/// Before it, a GPU has no int8 tensor cores.
bool is_supported(const DeviceInfo& info) { return info.major * 10 + info.minor >= 75; }

}  // namespace

Status list_devices(std::vector<DeviceInfo>* devices) {
  const Driver* d = nullptr;
  int count = 0;
  if (Status status = count_devices(&d, &count); !status.ok()) return status;
  devices->resize(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    CUdevice device;
    if (Status status = describe_device(*d, i, &device, &(*devices)[static_cast<size_t>(i)]); !status.ok())
      return status;
  }
  return {};
}

Status Device::open(int number, std::shared_ptr<Device>* device) {
  const std::shared_ptr<Device> opened(new Device());
  if (Status status = opened->start(number); !status.ok()) return status;
  *device = opened;
  return {};
}

Status Device::start(int number) {
  int count = 0;
  if (Status status = count_devices(&driver_, &count); !status.ok()) return status;
  if (number < 0 || number >= count)
    return Status::error(Code::kRange, "there is no GPU " + std::to_string(number) + ": this machine has " +
                                           std::to_string(count));
  if (Status status = describe_device(*driver_, number, &number_, &info_); !status.ok()) return status;
  if (!is_supported(info_))
    return Status::error(Code::kUnsupported, info_.name + " has compute capability " + std::to_string(info_.major) +
                                                 "." + std::to_string(info_.minor) + ", and 7.5 is the least");
  CUcontext context;
  if (const CUresult result = driver_->DevicePrimaryCtxRetain(&context, number_); result != CUDA_SUCCESS)
    return status_of(result, "opening the GPU");
  context_ = context;
  if (Status status = make_current(); !status.ok()) return status;
  if (const CUresult result = driver_->StreamCreate(&stream_, CU_STREAM_NON_BLOCKING); result != CUDA_SUCCESS)
    return status_of(result, "creating a stream");
  return load_kernels();
}

Status Device::load_kernels() {
  for (const KernelImage& image : kernel_images()) {
    if (image.major != 0 && (image.major != info_.major || image.minor != info_.minor)) continue;
    CUmodule module;
    if (const CUresult result = driver_->ModuleLoadData(&module, image.data); result != CUDA_SUCCESS)
      return status_of(result, "loading kernels");
    modules_.push_back(module);
  }
  // Freed memory stays with the process: what is computed next needs as much again.
  CUmemoryPool pool;
  if (driver_->DeviceGetDefaultMemPool(&pool, number_) == CUDA_SUCCESS) {
    uint64_t all = UINT64_MAX;
    driver_->MemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &all);
  }
  return {};
}

Device::~Device() {
  // A driver that is gone already, at the end of the process, has nothing left to release.
  if (context_ == nullptr || driver_->CtxSetCurrent(context_) != CUDA_SUCCESS) return;
  if (stream_ != nullptr) {
    driver_->StreamSynchronize(stream_);
    driver_->StreamDestroy(stream_);
  }
  for (CUmodule module : modules_) driver_->ModuleUnload(module);
  driver_->DevicePrimaryCtxRelease(number_);
}

Status Device::make_current() const { return status_of(driver_->CtxSetCurrent(context_), "using the GPU"); }

Status Device::find_kernel(const KernelLaunch& launch, CUfunction* function) {
  Kernel& kernel = kernels_[launch.name];
  for (size_t i = 0; i < modules_.size() && kernel.function == nullptr; ++i)
    if (driver_->ModuleGetFunction(&kernel.function, modules_[i], launch.name) != CUDA_SUCCESS)
      kernel.function = nullptr;
  if (kernel.function == nullptr)
    return Status::error(Code::kNative, std::string("there is no kernel ") + launch.name + " for " + info_.name);
  constexpr size_t kWithoutAsking = 48 << 10;
  if (launch.shared_bytes > kWithoutAsking && launch.shared_bytes > kernel.shared_bytes) {
    const auto bytes = static_cast<int>(launch.shared_bytes);
    const CUresult result =
        driver_->FuncSetAttribute(kernel.function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes);
    if (result != CUDA_SUCCESS) return status_of(result, "reserving shared memory");
    kernel.shared_bytes = launch.shared_bytes;
  }
  *function = kernel.function;
  return {};
}

Status Device::launch(const KernelLaunch& launch, void** parameters) {
  if (Status status = make_current(); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  CUfunction function = nullptr;
  if (Status status = find_kernel(launch, &function); !status.ok()) return status;
  CUlaunchAttribute cluster = {};
  cluster.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
  cluster.value.clusterDim = {launch.cluster, 1, 1};
  CUlaunchConfig config = {};
  config.gridDimX = launch.grid_x;
  config.gridDimY = launch.grid_y;
  config.gridDimZ = launch.grid_z;
  config.blockDimX = launch.threads;
  config.blockDimY = config.blockDimZ = 1;
  config.sharedMemBytes = static_cast<unsigned>(launch.shared_bytes);
  config.hStream = stream_;
  config.attrs = &cluster;
  config.numAttrs = launch.cluster > 1 ? 1 : 0;
  return status_of(driver_->LaunchKernelEx(&config, function, parameters, nullptr), launch.name);
}

Status Device::synchronize() {
  if (Status status = make_current(); !status.ok()) return status;
  return status_of(driver_->StreamSynchronize(stream_), "computing on the GPU");
}

Status DeviceMemory::allocate(std::shared_ptr<Device> device, size_t bytes) {
  release();
  if (Status status = device->make_current(); !status.ok()) return status;
  const CUresult result = device->driver().MemAllocAsync(&data_, bytes == 0 ? 1 : bytes, device->stream());
  if (result != CUDA_SUCCESS) {
    data_ = 0;
    return status_of(result, ("allocating " + std::to_string(bytes) + " bytes on the GPU").c_str());
  }
  device_ = std::move(device);
  bytes_ = bytes;
  return {};
}

void DeviceMemory::release() {
  if (data_ != 0 && device_->make_current().ok()) device_->driver().MemFreeAsync(data_, device_->stream());
  data_ = 0;
  bytes_ = 0;
  device_.reset();
}

}  // namespace octavo::cuda
