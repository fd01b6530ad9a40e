// packInt8, packFloat32, matmulInt8, matmulFloat32.
#include "binding/calls.h"
#include "binding/handles.h"
#include "binding/matrix_input.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "ops/gemm_f32.h"
#include "ops/gemm_i8.h"

namespace octavo {
namespace {

/// (b, k, n, transposed) for int8_t or float.
template <typename T, typename Packed, Status (*pack)(const KernelSet&, const T*, const PackSource&, Packed*)>
class PackCall : public Call {
 public:
  explicit PackCall(Arguments& args)
      : b_(args.input<T>(0, "b")), source_{args.size(1, "k"), args.size(2, "n"), args.boolean(3, "transposed")} {
    if (b_.length != multiply_sizes(source_.k, source_.n))
      throw_error(args.env(), Code::kShape, "b must hold k times n values");
  }
  Status run() override { return pack(active_kernel_set(), b_.data, source_, packed_.get()); }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(packed_)); }

 private:
  Input<T> b_;
  PackSource source_;
  std::shared_ptr<Packed> packed_ = std::make_shared<Packed>();
};

using PackInt8Call = PackCall<int8_t, PackedInt8, pack_int8>;
using PackFloat32Call = PackCall<float, PackedFloat32, pack_float32>;

void check_zero_points(Napi::Env env, const Input<int32_t>& zero, size_t count, const char* name) {
  if (zero.data != nullptr && zero.length != 1 && zero.length != count)
    throw_error(env, Code::kShape, std::string(name) + " must have length 1 or " + std::to_string(count));
}

/// (a, b, out, m, aRowStride, aZeroPoint, bZeroPoint)
class MatmulInt8Call : public Call {
 public:
  explicit MatmulInt8Call(Arguments& args)
      : a_(args.byte_input(0, "a")),
        b_(packed_int8_of(args.env(), args.at(1), "b")),
        out_(args.output<int32_t>(2, "out")),
        m_(args.size(3, "m")),
        row_stride_(args.size(4, "aRowStride")),
        a_zero_(args.optional_input<int32_t>(5, "aZeroPoint")),
        b_zero_(args.optional_input<int32_t>(6, "bZeroPoint")) {
    check_matrix(args.env(), {"a", a_.bytes.length, m_, b_->k, row_stride_});
    if (out_.length != multiply_sizes(m_, b_->n))
      throw_error(args.env(), Code::kShape, "out must hold m times n values");
    require_disjoint(args.env(), out_, a_.bytes, "a");
    check_zero_points(args.env(), a_zero_, m_, "aZeroPoint");
    check_zero_points(args.env(), b_zero_, b_->n, "bZeroPoint");
  }
  Status run() override {
    const ActivationType type = a_.is_signed ? ActivationType::kInt8 : ActivationType::kUint8;
    return matmul_i8(active_kernel_set(), {type, a_.bytes.data, m_, row_stride_, {}}, *b_,
                     {a_zero_.data, a_zero_.length}, {b_zero_.data, b_zero_.length}, out_.data);
  }

 private:
  ByteInput a_;
  std::shared_ptr<const PackedInt8> b_;
  Output<int32_t> out_;
  size_t m_, row_stride_;
  Input<int32_t> a_zero_, b_zero_;
};

/// (x, b, out, m, xRowStride, bias, activation, low, high)
class MatmulFloat32Call : public Call {
 public:
  explicit MatmulFloat32Call(Arguments& args)
      : x_(args.input<float>(0, "x")),
        b_(packed_float32_of(args.env(), args.at(1), "b")),
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
    return matmul_f32(active_kernel_set(), {x_.data, m_, row_stride_}, *b_, {bias_.data, activation_}, out_.data);
  }

 private:
  Input<float> x_;
  std::shared_ptr<const PackedFloat32> b_;
  Output<float> out_;
  size_t m_, row_stride_;
  Input<float> bias_;
  Activation activation_;
};

/// (a, b, out, m, aRowStride, k, n) with b [k, n] as it lies
class MultiplyFloat32Call : public Call {
 public:
  explicit MultiplyFloat32Call(Arguments& args)
      : a_(args.input<float>(0, "a")),
        b_(args.input<float>(1, "b")),
        out_(args.output<float>(2, "out")),
        m_(args.size(3, "m")),
        row_stride_(args.size(4, "aRowStride")),
        k_(args.size(5, "k")),
        n_(args.size(6, "n")) {
    check_matrix(args.env(), {"a", a_.length, m_, k_, row_stride_});
    if (b_.length != multiply_sizes(k_, n_)) throw_error(args.env(), Code::kShape, "b must hold k times n values");
    if (out_.length != multiply_sizes(m_, n_)) throw_error(args.env(), Code::kShape, "out must hold m times n values");
    require_disjoint(args.env(), out_, a_, "a");
    require_disjoint(args.env(), out_, b_, "b");
  }
  Status run() override {
    return matmul_f32_unpacked(active_kernel_set(), {a_.data, m_, row_stride_}, b_.data, k_, n_, out_.data);
  }

 private:
  Input<float> a_, b_;
  Output<float> out_;
  size_t m_, row_stride_, k_, n_;
};

}  // namespace

void export_gemm_calls(Napi::Env env, Napi::Object exports) {
  export_call<PackInt8Call>(env, exports, "packInt8");
  export_call<PackFloat32Call>(env, exports, "packFloat32");
  export_call<MatmulInt8Call>(env, exports, "matmulInt8");
  export_call<MatmulFloat32Call>(env, exports, "matmulFloat32");
  export_call<MultiplyFloat32Call>(env, exports, "multiplyFloat32");
}

}  // namespace octavo
