// packLut4, packFloat16, and products of float32 rows with what they pack.
#include "binding/calls.h"
#include "binding/handles.h"
#include "binding/matrix_input.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "ops/gemm_f16.h"
#include "ops/gemm_lut4.h"

namespace octavo {
namespace {

/// (codes, table, absmax, k, n, block): the layout of bitsandbytes
class PackLut4Call : public Call {
 public:
  explicit PackLut4Call(Arguments& args)
      : codes_(args.input<uint8_t>(0, "codes")),
        table_(args.input<float>(1, "table")),
        absmax_(args.input<float>(2, "absmax")) {
    source_ = {args.size(3, "k"), args.size(4, "n"), args.size(5, "block"), codes_.data, table_.data, absmax_.data};
    const size_t count = multiply_sizes(source_.k, source_.n);
    if (codes_.length != divide_up(count, 2))
      throw_error(args.env(), Code::kShape, "codes must hold k times n values, two a byte");
    if (table_.length != kLut4TableSize) throw_error(args.env(), Code::kShape, "table must hold 16 values");
    if (source_.block != 0 && absmax_.length != divide_up(count, source_.block))
      throw_error(args.env(), Code::kShape, "absmax must hold one magnitude for each block");
  }
  Status run() override { return pack_lut4(source_, packed_.get()); }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(packed_)); }

 private:
  Input<uint8_t> codes_;
  Input<float> table_, absmax_;
  Lut4Source source_;
  std::shared_ptr<PackedLut4> packed_ = std::make_shared<PackedLut4>();
};

/// (b, k, n, transposed, bfloat16)
class PackFloat16Call : public Call {
 public:
  explicit PackFloat16Call(Arguments& args)
      : b_(args.input<uint16_t>(0, "b")),
        source_{args.size(1, "k"), args.size(2, "n"), args.boolean(3, "transposed")},
        type_(args.boolean(4, "bfloat16") ? HalfType::kBfloat16 : HalfType::kFloat16) {
    if (b_.length != multiply_sizes(source_.k, source_.n))
      throw_error(args.env(), Code::kShape, "b must hold k times n values");
  }
  Status run() override { return pack_f16(b_.data, type_, source_, packed_.get()); }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(packed_)); }

 private:
  Input<uint16_t> b_;
  PackSource source_;
  HalfType type_;
  std::shared_ptr<PackedF16> packed_ = std::make_shared<PackedF16>();
};

/// (x, b, out, m, xRowStride, bias, activation, low, high)
template <typename Packed, std::shared_ptr<const Packed> (*packed_of)(Napi::Env, Napi::Value, const char*),
          Status (*product)(const KernelSet&, const MatrixF32&, const Packed&, const FloatEpilogue&,
                            const GemmI8Output&)>
class MatmulCall : public Call {
 public:
  explicit MatmulCall(Arguments& args)
      : x_(args.input<float>(0, "x")),
        b_(packed_of(args.env(), args.at(1), "b")),
        out_(args.output<float>(2, "out")),
        m_(args.size(3, "m")),
        row_stride_(args.size(4, "xRowStride")),
        bias_(args.optional_input<float>(5, "bias")) {
    epilogue_.activation = args.activation(6);
    epilogue_.bias = bias_.data;
    check_matrix(args.env(), {"x", x_.length, m_, b_->k, row_stride_});
    if (out_.length != multiply_sizes(m_, b_->n))
      throw_error(args.env(), Code::kShape, "out must hold m times n values");
    require_disjoint(args.env(), out_, x_, "x");
    if (bias_.data != nullptr && bias_.length != b_->n)
      throw_error(args.env(), Code::kShape, "bias must have length n");
  }
  Status run() override {
    return product(active_kernel_set(), {x_.data, m_, row_stride_}, *b_, epilogue_, {OutputType::kFloat32, out_.data});
  }

 private:
  Input<float> x_;
  std::shared_ptr<const Packed> b_;
  Output<float> out_;
  size_t m_, row_stride_;
  Input<float> bias_;
  FloatEpilogue epilogue_;
};

/// (handle, out): weights as float32 [n, k].
class DequantizeWeightsCall : public Call {
 public:
  explicit DequantizeWeightsCall(Arguments& args) : out_(args.output<float>(1, "out")) {
    const Handle& handle = handle_of(args.env(), args.at(0), "handle");
    lut4_ = handle.get<PackedLut4>(), f16_ = handle.get<PackedF16>();
    if (!lut4_ && !f16_)
      throw_error(args.env(), Code::kDtype, "handle must be packed codebook or 16-bit float weights");
    if (out_.length != (lut4_ ? multiply_sizes(lut4_->k, lut4_->n) : multiply_sizes(f16_->k, f16_->n)))
      throw_error(args.env(), Code::kShape, "out must hold k times n values");
  }
  Status run() override {
    const KernelSet& set = active_kernel_set();
    return lut4_ ? dequantize_lut4(set, *lut4_, out_.data) : dequantize_f16(set, *f16_, out_.data);
  }

 private:
  std::shared_ptr<const PackedLut4> lut4_;
  std::shared_ptr<const PackedF16> f16_;
  Output<float> out_;
};

}  // namespace

void export_float_weight_calls(Napi::Env env, Napi::Object exports) {
  export_call<PackLut4Call>(env, exports, "packLut4");
  export_call<PackFloat16Call>(env, exports, "packFloat16");
  export_call<MatmulCall<PackedLut4, packed_lut4_of, run_gemm_lut4>>(env, exports, "matmulLut4");
  export_call<MatmulCall<PackedF16, packed_f16_of, run_gemm_f16>>(env, exports, "matmulFloat16");
  export_call<DequantizeWeightsCall>(env, exports, "dequantizeWeights");
}

}  // namespace octavo
