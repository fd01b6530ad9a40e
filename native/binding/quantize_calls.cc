// quantize, dequantize, minMax, histogram.
#include "binding/params_input.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "ops/observe.h"
#include "ops/quantize.h"

namespace octavo {
namespace {

QuantizeRange range_of(bool is_signed) { return is_signed ? QuantizeRange{-128, 127} : QuantizeRange{0, 255}; }

/// (x, out, scale, zeroPoint, inner)
class QuantizeCall : public Call {
 public:
  explicit QuantizeCall(Arguments& args)
      : x_(args.input<float>(0, "x")), out_(args.byte_output(1, "out", &is_signed_)), params_(args) {
    if (out_.length != x_.length) throw_error(args.env(), Code::kShape, "out must have the length of x");
    throw_if_failed(args.env(), check_params(params_.channels(), x_.length, range_of(is_signed_)));
  }
  Status run() override {
    quantize(active_kernel_set(), x_.data, out_.data, x_.length, params_.channels(), range_of(is_signed_));
    return {};
  }

 private:
  bool is_signed_ = false;
  Input<float> x_;
  Output<uint8_t> out_;
  ParamsInput params_;
};

/// (q, out, scale, zeroPoint, inner)
class DequantizeCall : public Call {
 public:
  explicit DequantizeCall(Arguments& args)
      : q_(args.byte_input(0, "q")), out_(args.output<float>(1, "out")), params_(args) {
    if (out_.length != q_.bytes.length) throw_error(args.env(), Code::kShape, "out must have the length of q");
    throw_if_failed(args.env(), check_params(params_.channels(), q_.bytes.length, range_of(q_.is_signed)));
  }
  Status run() override {
    dequantize(active_kernel_set(), q_.bytes.data, out_.data, q_.bytes.length, params_.channels(), q_.is_signed);
    return {};
  }

 private:
  ByteInput q_;
  Output<float> out_;
  ParamsInput params_;
};

/// (x, range, counts, inner)
class MinMaxCall : public Call {
 public:
  explicit MinMaxCall(Arguments& args)
      : x_(args.input<float>(0, "x")),
        range_(args.output<float>(1, "range")),
        counts_(args.output<double>(2, "counts")),
        inner_(args.size(3, "inner")) {
    if (range_.length == 0 || range_.length % 2 != 0 || counts_.length != 2)
      throw_error(args.env(), Code::kShape, "range must hold a pair for each channel, counts two values");
  }
  Status run() override {
    NonFinite found;
    const Status status =
        observe_ranges(active_kernel_set(), {x_.data, x_.length, range_.length / 2, inner_}, range_.data, &found);
    counts_.data[0] = static_cast<double>(found.nan_count);
    counts_.data[1] = static_cast<double>(found.infinity_count);
    return status;
  }

 private:
  Input<float> x_;
  Output<float> range_;
  Output<double> counts_;
  size_t inner_;
};

/// (x, counts, outside, limit)
class HistogramCall : public Call {
 public:
  explicit HistogramCall(Arguments& args)
      : x_(args.input<float>(0, "x")),
        counts_(args.output<uint64_t>(1, "counts")),
        outside_(args.output<uint64_t>(2, "outside")),
        limit_(static_cast<float>(args.number(3, "limit"))) {
    if (outside_.length != 2) throw_error(args.env(), Code::kShape, "outside must hold two counts");
  }
  Status run() override {
    return observe_histogram(active_kernel_set(), x_.data, x_.length, {counts_.data, counts_.length, limit_},
                             &outside_.data[0], &outside_.data[1]);
  }

 private:
  Input<float> x_;
  Output<uint64_t> counts_, outside_;
  float limit_;
};

}  // namespace

void export_quantize_calls(Napi::Env env, Napi::Object exports) {
  export_call<QuantizeCall>(env, exports, "quantize");
  export_call<DequantizeCall>(env, exports, "dequantize");
  export_call<MinMaxCall>(env, exports, "minMax");
  export_call<HistogramCall>(env, exports, "histogram");
}

}  // namespace octavo
