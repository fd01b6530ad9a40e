// packInt4, matmulInt4.
#include "binding/calls.h"
#include "binding/handles.h"
#include "binding/matrix_input.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "ops/gemm_i4.h"

namespace octavo {
namespace {

/// (nibbles, scales, zeroPoints, k, n, group, signed): rows of k values, one after the other
class PackInt4Call : public Call {
 public:
  explicit PackInt4Call(Arguments& args)
      : nibbles_(args.input<uint8_t>(0, "nibbles")),
        scales_(args.input<float>(1, "scales")),
        zero_points_(args.optional_input<int8_t>(2, "zeroPoints")) {
    const size_t k = args.size(3, "k"), n = args.size(4, "n"), group = args.size(5, "group");
    source_ = {k, n, group, nibbles_.data, k, args.boolean(6, "signed"), scales_.data, zero_points_.data};
    if (nibbles_.length != divide_up(multiply_sizes(k, n), 2))
      throw_error(args.env(), Code::kShape, "nibbles must hold k times n values, two a byte");
    const size_t groups = group == 0 ? (k == 0 ? 0 : 1) : divide_up(k, group);
    const size_t count = multiply_sizes(groups, n);
    if (scales_.length != count)
      throw_error(args.env(), Code::kShape, "scales must hold one for each group of each row");
    if (zero_points_.data != nullptr && zero_points_.length != count)
      throw_error(args.env(), Code::kShape, "zeroPoints must hold one for each group of each row");
  }
  Status run() override { return pack_int4(source_, packed_.get()); }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(packed_)); }

 private:
  Input<uint8_t> nibbles_;
  Input<float> scales_;
  Input<int8_t> zero_points_;
  Int4Source source_;
  std::shared_ptr<PackedInt4> packed_ = std::make_shared<PackedInt4>();
};

/// (x, b, out, m, xRowStride, bias, activation, low, high)
class MatmulInt4Call : public Call {
 public:
  explicit MatmulInt4Call(Arguments& args)
      : x_(args.input<float>(0, "x")),
        b_(packed_int4_of(args.env(), args.at(1), "b")),
        out_(args.output<float>(2, "out")),
        m_(args.size(3, "m")),
        row_stride_(args.size(4, "xRowStride")),
        bias_(args.optional_input<float>(5, "bias")),
        activation_(args.activation(6)) {
    check_matrix(args.env(), {"x", x_.length, m_, b_->k, row_stride_});
    if (out_.length != multiply_sizes(m_, b_->n))
      throw_error(args.env(), Code::kShape, "out must hold m times n values");
    require_disjoint(args.env(), out_, x_, "x");
    if (bias_.data != nullptr && bias_.length != b_->n)
      throw_error(args.env(), Code::kShape, "bias must have length n");
  }
  Status run() override {
    GemmI8Epilogue epilogue;
    epilogue.bias = bias_.data;
    epilogue.activation = activation_;
    return run_gemm_i4(active_kernel_set(), {ActivationType::kFloat32, x_.data, m_, row_stride_, {}}, *b_, epilogue,
                       {OutputType::kFloat32, out_.data});
  }

 private:
  Input<float> x_;
  std::shared_ptr<const PackedInt4> b_;
  Output<float> out_;
  size_t m_, row_stride_;
  Input<float> bias_;
  Activation activation_;
};

}  // namespace

void export_int4_calls(Napi::Env env, Napi::Object exports) {
  export_call<PackInt4Call>(env, exports, "packInt4");
  export_call<MatmulInt4Call>(env, exports, "matmulInt4");
}

}  // namespace octavo
