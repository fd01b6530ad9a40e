// The kernels that `octavo bench --device cuda` sets against each other, each by its name: cudaContestGemm,
// cudaCountAlgorithms, cudaScaleSums, cudaQuantizeRows.
#include "binding/cuda_input.h"
#include "core/sizes.h"
#include "cuda/cublaslt.h"
#include "cuda/gemm_i8.h"
#include "cuda/quantize.h"
#include "cuda/scale_sums.h"

namespace octavo {
namespace {

template <typename T>
struct Named {
  const char* name;
  T value;
};

constexpr Named<cuda::GemmI8Path> kPaths[] = {
    {"best", cuda::GemmI8Path::kBest},        {"own", cuda::GemmI8Path::kOwn},     {"few", cuda::GemmI8Path::kFew},
    {"small", cuda::GemmI8Path::kSmall},      {"large", cuda::GemmI8Path::kLarge}, {"wgmma", cuda::GemmI8Path::kWgmma},
    {"cublasLt", cuda::GemmI8Path::kCublasLt}};
constexpr Named<OutputType> kOutputs[] = {{"int32", OutputType::kInt32},
                                          {"float32", OutputType::kFloat32},
                                          {"float16", OutputType::kFloat16},
                                          {"int8", OutputType::kInt8}};

template <typename T, size_t kCount>
T named(Napi::Env env, const Named<T> (&all)[kCount], const std::string& name) {
  for (const Named<T>& one : all)
    if (name == one.name) return one.value;
  throw_error(env, Code::kRange, "there is no " + name);
}

/// (device, { path, output, m, n, k, algorithm, inverseScale }, a, w, c, scales): A [m, k] and W [n, k] of int8, k and
/// n multiples of 16; scales are null for int32, otherwise those of m rows and after them those of n columns.
class Product {
 public:
  explicit Product(Arguments& args) : device_(device_of(args.env(), args.at(0), "device")) {
    const Napi::Env env = args.env();
    if (!args.at(1).IsObject()) throw_error(env, Code::kDtype, "the product must be an object");
    const auto spec = args.at(1).As<Napi::Object>();
    const auto size = [&](const char* name) { return to_size(env, spec.Get(name), name); };
    const size_t m = size("m"), n = size("n"), k = size("k");
    if (n % 16 != 0 || k % 16 != 0) throw_error(env, Code::kShape, "16 must divide n and k");
    path_ = named(env, kPaths, text_of(spec, "path"));
    result_.output = named(env, kOutputs, text_of(spec, "output"));
    algorithm_ = size("algorithm");
    a_ = device_input<uint8_t>(env, device_, args.at(2), "a", multiply_sizes(m, k));
    w_ = device_input<int8_t>(env, device_, args.at(3), "w", multiply_sizes(n, k));
    c_ = device_output<uint8_t>(env, device_, args.at(4), "c",
                                multiply_sizes(multiply_sizes(m, n), element_bytes(result_.output)));
    operands_ = {a_.data, w_.data, m, n, k, k, k};
    result_.c = c_.data;
    result_.c_stride = n;
    if (result_.output != OutputType::kInt32) set_scales(args, float_of(spec, "inverseScale"));
  }

  const DevicePointer& device() const { return device_; }
  Status compute() const {
    if (path_ != cuda::GemmI8Path::kCublasLt) return cuda::gemm_i8(*device_, operands_, true, result_, path_);
    if (device_->cublaslt() == nullptr || result_.output != OutputType::kInt32)
      return Status::error(Code::kUnsupported, "cuBLASLt is not in use, or not for this output");
    return device_->cublaslt()->multiply(operands_, result_, algorithm_);
  }
  size_t count_algorithms() const {
    return device_->cublaslt() == nullptr ? 0 : device_->cublaslt()->count_algorithms(operands_, result_);
  }

 private:
  void set_scales(Arguments& args, float inverse_scale) {
    GemmI8Epilogue& e = result_.epilogue;
    scales_ = device_input<float>(args.env(), device_, args.at(5), "scales", operands_.m + operands_.n);
    e.row_scale = scales_.data;
    e.row_scale_step = 1;
    e.column_scale = scales_.data + operands_.m;
    e.inverse_scale = inverse_scale;
    e.low = -128;
    e.high = 127;
  }

  DevicePointer device_;
  cuda::GemmI8Path path_ = cuda::GemmI8Path::kBest;
  size_t algorithm_ = 0;
  device::GemmI8Operands operands_ = {};
  device::GemmI8Result result_ = {};
  DeviceSpan<const uint8_t> a_;
  DeviceSpan<const int8_t> w_;
  DeviceSpan<uint8_t> c_;
  DeviceSpan<const float> scales_;
};

class GemmCall : public Call {
 public:
  explicit GemmCall(Arguments& args) : product_(args) {}
  Status run() override { return product_.compute(); }

 private:
  Product product_;
};

/// As GemmCall: of how many algorithms cuBLASLt has its choice.
class CountAlgorithmsCall : public Call {
 public:
  explicit CountAlgorithmsCall(Arguments& args) : product_(args) {}
  Status run() override {
    count_ = product_.count_algorithms();
    return {};
  }
  Napi::Value result(Napi::Env env) override { return Napi::Number::New(env, static_cast<double>(count_)); }

 private:
  Product product_;
  size_t count_ = 0;
};

/// (device, m, n, sums, scales, y): int32 sums to float16, with scales as in cudaContestGemm
class ScaleSumsCall : public Call {
 public:
  explicit ScaleSumsCall(Arguments& args) : device_(device_of(args.env(), args.at(0), "device")) {
    const Napi::Env env = args.env();
    const size_t m = args.size(1, "m"), n = args.size(2, "n"), count = multiply_sizes(m, n);
    sums_ = device_input<int32_t>(env, device_, args.at(3), "sums", count);
    scales_ = device_input<float>(env, device_, args.at(4), "scales", m + n);
    y_ = device_output<uint16_t>(env, device_, args.at(5), "y", count);
    operands_ = {sums_.data, y_.data, scales_.data, scales_.data + m, m, n};
  }
  Status run() override { return cuda::scale_sums(*device_, operands_); }

 private:
  DevicePointer device_;
  DeviceSpan<const int32_t> sums_;
  DeviceSpan<const float> scales_;
  DeviceSpan<uint16_t> y_;
  device::ScaleSums operands_ = {};
};

/// (device, rows, count, x, q, scales): dynamic quantization of rows, count a multiple of 16
class QuantizeRowsCall : public Call {
 public:
  explicit QuantizeRowsCall(Arguments& args) : device_(device_of(args.env(), args.at(0), "device")) {
    const Napi::Env env = args.env();
    const size_t rows = args.size(1, "rows"), count = args.size(2, "count"), values = multiply_sizes(rows, count);
    if (count % 16 != 0) throw_error(env, Code::kShape, "16 must divide count");
    x_ = device_input<float>(env, device_, args.at(3), "x", values);
    q_ = device_output<int8_t>(env, device_, args.at(4), "q", values);
    scales_ = device_output<float>(env, device_, args.at(5), "scales", rows);
    from_ = {x_.data, count, rows, count};
    to_ = {q_.data, count, scales_.data, nullptr};
  }
  Status run() override { return cuda::quantize_rows(*device_, from_, to_); }

 private:
  DevicePointer device_;
  DeviceSpan<const float> x_;
  DeviceSpan<int8_t> q_;
  DeviceSpan<float> scales_;
  FloatRows from_ = {};
  device::Int8Rows to_ = {};
};

}  // namespace

void export_cuda_contest_calls(Napi::Env env, Napi::Object exports) {
  export_now<GemmCall>(env, exports, "cudaContestGemm");
  export_now<CountAlgorithmsCall>(env, exports, "cudaCountAlgorithms");
  export_now<ScaleSumsCall>(env, exports, "cudaScaleSums");
  export_now<QuantizeRowsCall>(env, exports, "cudaQuantizeRows");
}

}  // namespace octavo
