// cudaQuantize, cudaDequantize.
#include <cstring>

#include "binding/cuda_input.h"
#include "binding/params_input.h"
#include "core/sizes.h"
#include "cuda/quantize.h"

namespace octavo {
namespace {

QuantizeRange range_of(bool is_signed) { return is_signed ? QuantizeRange{-128, 127} : QuantizeRange{0, 255}; }

/// (device, values, scale, zeroPoint, inner, bytes, count, isSigned)
class ConvertCall : public Call {
 protected:
  explicit ConvertCall(Arguments& args)
      : device_(device_of(args.env(), args.at(0), "device")),
        params_(args),
        count_(args.size(6, "count")),
        is_signed_(args.boolean(7, "isSigned")) {
    throw_if_failed(args.env(), check_params(params_.channels(), count_, range_of(is_signed_)));
  }

  /// Brings the parameters of channels to the device; one scale goes along with the launch.
  Status bring_params(device::ChannelScales* scales) {
    const size_t channels = params_.scale.length, bytes = channels * sizeof(float);
    *scales = {nullptr, nullptr, channels, params_.inner, 1, 0};
    if (channels == 1) {
      scales->one_scale = params_.scale.data[0];
      scales->one_zero_point = params_.zero_point.data[0];
    }
    if (channels <= 1) return {};
    std::vector<std::byte> both(2 * bytes);
    std::memcpy(both.data(), params_.scale.data, bytes);
    std::memcpy(both.data() + bytes, params_.zero_point.data, bytes);
    if (Status status = on_device_.allocate(device_, both.size()); !status.ok()) return status;
    if (Status status = cuda::upload(*device_, {both.data(), 1, both.size(), both.size()}, on_device_); !status.ok())
      return status;
    scales->scale = on_device_.as<float>();
    scales->zero_point = on_device_.as<int32_t>() + channels;
    return {};
  }

  DevicePointer device_;
  ParamsInput params_;
  size_t count_;
  bool is_signed_;

 private:
  cuda::DeviceMemory on_device_;  // freed once the kernel has read it
};

class QuantizeOnDeviceCall : public ConvertCall {
 public:
  explicit QuantizeOnDeviceCall(Arguments& args)
      : ConvertCall(args),
        x_(device_input<float>(args.env(), device_, args.at(1), "x", count_)),
        q_(device_output<uint8_t>(args.env(), device_, args.at(5), "q", count_)) {}
  Status run() override {
    device::QuantizeOperands operands = {x_.data, q_.data, count_, {}, range_of(is_signed_)};
    if (Status status = bring_params(&operands.params); !status.ok()) return status;
    return cuda::quantize(*device_, operands);
  }

 private:
  DeviceSpan<const float> x_;
  DeviceSpan<uint8_t> q_;
};

class DequantizeOnDeviceCall : public ConvertCall {
 public:
  explicit DequantizeOnDeviceCall(Arguments& args)
      : ConvertCall(args),
        x_(device_output<float>(args.env(), device_, args.at(1), "x", count_)),
        q_(device_input<uint8_t>(args.env(), device_, args.at(5), "q", count_)) {}
  Status run() override {
    device::DequantizeOperands operands = {q_.data, x_.data, count_, {}, is_signed_};
    if (Status status = bring_params(&operands.params); !status.ok()) return status;
    return cuda::dequantize(*device_, operands);
  }

 private:
  DeviceSpan<float> x_;
  DeviceSpan<const uint8_t> q_;
};

}  // namespace

void export_cuda_quantize_calls(Napi::Env env, Napi::Object exports) {
  export_now<QuantizeOnDeviceCall>(env, exports, "cudaQuantize");
  export_now<DequantizeOnDeviceCall>(env, exports, "cudaDequantize");
}

}  // namespace octavo
