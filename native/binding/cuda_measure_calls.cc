// What `octavo bench --device cuda` measures with: cudaTime, cudaTimeTransfers, cudaPeak, cudaProperties.
#include <chrono>

#include "binding/cuda_input.h"
#include "cuda/launch_timer.h"
#include "cuda/peak.h"

namespace octavo {
namespace {

constexpr double kMostHold = 1e9;
constexpr size_t kMostAmount = size_t{1} << 36;  // bytes, or minutes of a loop
constexpr size_t kMostLaunches = 1000;           // a stream's queue has room for about as many

/// (device, holdNanoseconds, count, launch): the GPU's time for what launch(0) .. launch(count - 1) put on the stream
class TimeCall : public DeviceCall {
 public:
  explicit TimeCall(Arguments& args) : DeviceCall(device_of(args.env(), args.at(0), "device")), timer_(device()) {
    const double hold = args.number(1, "holdNanoseconds");
    const size_t count = args.size(2, "count");
    if (!(hold >= 0 && hold <= kMostHold) || count > kMostLaunches)
      throw_error(args.env(), Code::kRange, "holdNanoseconds must be from 0 to 10^9, count at most 1000");
    if (!args.at(3).IsFunction()) throw_error(args.env(), Code::kDtype, "launch must be a function");
    throw_if_failed(args.env(), timer_.start(static_cast<uint64_t>(hold)));
    const auto start = std::chrono::steady_clock::now();
    call_each(args.env(), args.at(3).As<Napi::Function>(), count);
    throw_if_failed(args.env(), timer_.stop());
    queued_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  Status run() override { return timer_.finish(&seconds_); }
  Napi::Value result(Napi::Env env) override {
    const Napi::Object object = Napi::Object::New(env);
    object.Set("seconds", seconds_);
    object.Set("queuedSeconds", queued_);
    return object;
  }

 private:
  static void call_each(Napi::Env env, Napi::Function launch, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const Napi::HandleScope scope(env);
      launch.Call({Napi::Number::New(env, static_cast<double>(i))});
    }
  }

  cuda::LaunchTimer timer_;
  double seconds_ = 0, queued_ = 0;
};

/// (device, toHost, bytes, count): seconds of one copy between pinned memory and the device's, of `count` in a row
class TimeTransfersCall : public DeviceCall {
 public:
  explicit TimeTransfersCall(Arguments& args)
      : DeviceCall(device_of(args.env(), args.at(0), "device")),
        count_(args.size(3, "count")),
        pinned_(device()),
        timer_(device()) {
    const bool to_host = args.boolean(1, "toHost");
    const size_t bytes = args.size(2, "bytes");
    if (count_ == 0 || count_ > kMostLaunches) throw_error(args.env(), Code::kRange, "count must be from 1 to 1000");
    throw_if_failed(args.env(), memory_.allocate(device(), bytes));  // first: it has fewer
    throw_if_failed(args.env(), pinned_.allocate(bytes));
    throw_if_failed(args.env(), timer_.start(0));
    for (size_t i = 0; i < count_; ++i) throw_if_failed(args.env(), copy(to_host, bytes));
    throw_if_failed(args.env(), timer_.stop());
  }
  Status run() override { return timer_.finish(&seconds_); }
  Napi::Value result(Napi::Env env) override { return Napi::Number::New(env, seconds_ / static_cast<double>(count_)); }

 private:
  Status copy(bool to_host, size_t bytes) {
    const cuda::Driver& d = device()->driver();
    const cuda::Result result = to_host
                                    ? d.copy_to_host(pinned_.data(), memory_.address(), bytes, device()->stream())
                                    : d.copy_to_device(memory_.address(), pinned_.data(), bytes, device()->stream());
    return device()->check(result, "copying");
  }

  size_t count_;
  cuda::PinnedMemory pinned_;
  cuda::DeviceMemory memory_;
  cuda::LaunchTimer timer_;  // the last: what is under way uses the others
  double seconds_ = 0;
};

/// (device, kind, to, amount, from?): 'copy' of `amount` bytes, 'read' of so many, or `amount` repetitions of 'mma' or
/// 'wgmma'; all but the copy add a sum to the first word of `to`. Returns the bytes moved, or the operations.
class PeakCall : public Call {
 public:
  explicit PeakCall(Arguments& args)
      : device_(device_of(args.env(), args.at(0), "device")), kind_(args.text(1, "kind")) {
    const Napi::Env env = args.env();
    amount_ = args.size(3, "amount");
    if (kind_ != "read" && kind_ != "copy" && kind_ != "mma" && kind_ != "wgmma")
      throw_error(env, Code::kRange, "kind must be read, copy, mma or wgmma");
    if (amount_ > kMostAmount) throw_error(env, Code::kRange, "amount must be at most 2^36");
    const bool moves = kind_ == "copy" || kind_ == "read";
    if (moves) from_ = device_input<uint8_t>(env, device_, args.at(4), "from", amount_);
    const size_t to_bytes = kind_ == "copy" ? amount_ : sizeof(uint32_t);
    to_ = device_output<uint8_t>(env, device_, args.at(2), "to", to_bytes);
  }
  Status run() override {
    auto* const sink = reinterpret_cast<uint32_t*>(to_.data);
    done_ = static_cast<double>(amount_) * (kind_ == "copy" ? 2 : 1);
    if (kind_ == "copy") return cuda::copy_bytes(*device_, to_.data, from_.data, amount_);
    if (kind_ == "read") return cuda::read_bytes(*device_, from_.data, amount_, sink);
    return cuda::run_mma(*device_, kind_ == "wgmma", amount_, sink, &done_);
  }
  Napi::Value result(Napi::Env env) override { return Napi::Number::New(env, done_); }

 private:
  DevicePointer device_;
  std::string kind_;
  size_t amount_ = 0;
  DeviceSpan<const uint8_t> from_;
  DeviceSpan<uint8_t> to_;
  double done_ = 0;
};

/// (device)
Napi::Value cuda_properties(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const DevicePointer device = device_of(env, info[0], "device");
  int driver = 0;
  throw_if_failed(env, device->check(device->driver().version(&driver), "asking for the driver's version"));
  const Napi::Object object = Napi::Object::New(env);
  object.Set("driver", std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10));
  object.Set("l2Bytes", static_cast<double>(device->info().l2_bytes));
  return object;
}

}  // namespace

void export_cuda_measure_calls(Napi::Env env, Napi::Object exports) {
  exports.Set("cudaProperties", Napi::Function::New<cuda_properties>(env, "cudaProperties"));
  export_later<TimeCall>(env, exports, "cudaTime");
  export_later<TimeTransfersCall>(env, exports, "cudaTimeTransfers");
  export_now<PeakCall>(env, exports, "cudaPeak");
}

}  // namespace octavo
