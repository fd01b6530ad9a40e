// quantizeNibbles, dequantizeNibbles, quantizeWords, dequantizeWords, measureDeviations.
#include "binding/params_input.h"
#include "dispatch/dispatch.h"
#include "ops/deviation.h"
#include "ops/quantize_nibbles.h"
#include "ops/quantize_words.h"

namespace octavo {
namespace {

/// 4-bit values, two of them an element.
struct Nibbles {
  using Element = uint8_t;
  static constexpr QuantizeRange range(bool is_signed) { return nibble_range(is_signed); }
  static size_t elements(size_t count) { return count / 2 + count % 2; }
  static void quantize(const float* x, uint8_t* q, size_t count, const ChannelParams& params, bool is_signed) {
    quantize_nibbles(active_kernel_set(), x, q, count, params, is_signed);
  }
  static void dequantize(const uint8_t* q, float* x, size_t count, const ChannelParams& params, bool is_signed) {
    dequantize_nibbles(active_kernel_set(), q, x, count, params, is_signed);
  }
};

/// 16-bit values.
struct Words {
  using Element = uint16_t;
  static constexpr QuantizeRange range(bool is_signed) { return word_range(is_signed); }
  static size_t elements(size_t count) { return count; }
  static void quantize(const float* x, uint16_t* q, size_t count, const ChannelParams& params, bool is_signed) {
    quantize_words(x, q, count, params, is_signed);
  }
  static void dequantize(const uint16_t* q, float* x, size_t count, const ChannelParams& params, bool is_signed) {
    dequantize_words(q, x, count, params, is_signed);
  }
};

/// Sizes that an empty tensor may have, which has no inner values to divide by.
bool is_empty(size_t count, const ParamsInput& params) { return count == 0 || params.scale.length == 0; }

/// (x, out, scale, zeroPoint, inner, signed)
template <typename Type>
class QuantizeTypeCall : public Call {
 public:
  explicit QuantizeTypeCall(Arguments& args)
      : x_(args.input<float>(0, "x")),
        out_(args.output<typename Type::Element>(1, "out")),
        params_(args),
        is_signed_(args.boolean(5, "signed")) {
    if (out_.length != Type::elements(x_.length))
      throw_error(args.env(), Code::kShape, "out must hold as many values as x");
    require_disjoint(args.env(), out_, x_, "x");
    throw_if_failed(args.env(), check_params(params_.channels(), x_.length, Type::range(is_signed_)));
  }
  Status run() override {
    if (!is_empty(x_.length, params_)) Type::quantize(x_.data, out_.data, x_.length, params_.channels(), is_signed_);
    return {};
  }

 private:
  Input<float> x_;
  Output<typename Type::Element> out_;
  ParamsInput params_;
  bool is_signed_;
};

/// (q, out, scale, zeroPoint, inner, signed)
template <typename Type>
class DequantizeTypeCall : public Call {
 public:
  explicit DequantizeTypeCall(Arguments& args)
      : q_(args.input<typename Type::Element>(0, "q")),
        out_(args.output<float>(1, "out")),
        params_(args),
        is_signed_(args.boolean(5, "signed")) {
    if (q_.length != Type::elements(out_.length))
      throw_error(args.env(), Code::kShape, "out must hold as many values as q");
    require_disjoint(args.env(), out_, q_, "q");
    throw_if_failed(args.env(), check_params(params_.channels(), out_.length, Type::range(is_signed_)));
  }
  Status run() override {
    if (!is_empty(out_.length, params_))
      Type::dequantize(q_.data, out_.data, out_.length, params_.channels(), is_signed_);
    return {};
  }

 private:
  Input<typename Type::Element> q_;
  Output<float> out_;
  ParamsInput params_;
  bool is_signed_;
};

/// (x, y, scale, zeroPoint, inner, low, high, out)
class MeasureDeviationsCall : public Call {
 public:
  explicit MeasureDeviationsCall(Arguments& args)
      : x_(args.input<float>(0, "x")),
        y_(args.input<float>(1, "y")),
        params_(args),
        range_{limit(args, 5, "low"), limit(args, 6, "high")},
        out_(args.output<double>(7, "out")) {
    if (y_.length != x_.length) throw_error(args.env(), Code::kShape, "y must have the length of x");
    if (out_.length == 0 || out_.length % kFields != 0)
      throw_error(args.env(), Code::kShape, "out must hold nine values for each channel");
    if (params_.scale.length == 0) throw_error(args.env(), Code::kShape, "there must be a scale");
  }
  Status run() override {
    const size_t channels = out_.length / kFields;
    std::vector<ChannelDeviation> found(channels);
    const Status status =
        measure_deviations(active_kernel_set(), {x_.data, y_.data, x_.length, channels, params_.inner},
                           params_.channels(), range_, found.data());
    if (status.ok())
      for (size_t c = 0; c < channels; ++c) write(found[c], out_.data + c * kFields);
    return status;
  }

 private:
  static constexpr size_t kFields = 9;

  static int32_t limit(Arguments& args, size_t index, const char* name) {
    const double value = args.number(index, name);
    if (!(value >= -65536 && value <= 65536))
      throw_error(args.env(), Code::kRange, std::string(name) + " must be from -65536 to 65536");
    return static_cast<int32_t>(value);
  }
  static void write(const ChannelDeviation& from, double* to) {
    to[0] = from.sums.error_squares;
    to[1] = from.sums.x_squares;
    to[2] = from.sums.y_squares;
    to[3] = from.sums.products;
    to[4] = from.sums.largest;
    to[5] = static_cast<double>(from.sums.clipped);
    to[6] = from.min;
    to[7] = from.max;
    to[8] = static_cast<double>(from.left_out);
  }

  Input<float> x_, y_;
  ParamsInput params_;
  QuantizeRange range_;
  Output<double> out_;
};

}  // namespace

void export_quantize_type_calls(Napi::Env env, Napi::Object exports) {
  export_call<QuantizeTypeCall<Nibbles>>(env, exports, "quantizeNibbles");
  export_call<DequantizeTypeCall<Nibbles>>(env, exports, "dequantizeNibbles");
  export_call<QuantizeTypeCall<Words>>(env, exports, "quantizeWords");
  export_call<DequantizeTypeCall<Words>>(env, exports, "dequantizeWords");
  export_call<MeasureDeviationsCall>(env, exports, "measureDeviations");
}

}  // namespace octavo
