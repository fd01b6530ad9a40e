// createRotation, rotateVectors, encodeVectors, decodeVectors, scoreVectors, codesToStream, streamToCodes.
#include "binding/calls.h"
#include "binding/handles.h"
#include "binding/matrix_input.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "ops/code_stream.h"
#include "ops/turbo_encode.h"
#include "ops/turbo_score.h"

namespace octavo {
namespace {

size_t bits_of_codes(Arguments& args, size_t index) {
  const size_t bits = args.size(index, "bits");
  if (bits < 1 || bits > kMostCodeBits) throw_error(args.env(), Code::kRange, "bits must be from 1 to 8");
  return bits;
}

/// Throws unless `codes` hold rows of that many vectors, and for readers kCodeSlackBytes more.
void check_codes(Napi::Env env, size_t length, size_t rows, size_t row_bytes, size_t slack) {
  if (length != add_sizes(multiply_sizes(rows, row_bytes), slack))
    throw_error(env, Code::kShape, "codes must hold the planes of each row, and 64 bytes more");
}

/// (dim, seedLow, seedHigh, rounds): the seed in two halves of 32 bits
class CreateRotationCall : public Call {
 public:
  explicit CreateRotationCall(Arguments& args) : dim_(args.size(0, "dim")), rounds_(args.size(3, "rounds")) {
    const size_t low = args.size(1, "seedLow"), high = args.size(2, "seedHigh");
    if (low > UINT32_MAX || high > UINT32_MAX)
      throw_error(args.env(), Code::kRange, "halves of the seed must be below 2^32");
    seed_ = static_cast<uint64_t>(high) << 32 | low;
  }
  Status run() override { return TurboRotation::make(dim_, seed_, rounds_, rotation_.get()); }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(rotation_)); }

 private:
  size_t dim_, rounds_;
  uint64_t seed_;
  std::shared_ptr<TurboRotation> rotation_ = std::make_shared<TurboRotation>();
};

/// (x, rotation, out, rows, xRowStride, back): out is contiguous
class RotateVectorsCall : public Call {
 public:
  explicit RotateVectorsCall(Arguments& args)
      : x_(args.input<float>(0, "x")),
        rotation_(rotation_of(args.env(), args.at(1), "rotation")),
        out_(args.output<float>(2, "out")),
        rows_(args.size(3, "rows")),
        stride_(args.size(4, "xRowStride")),
        back_(args.boolean(5, "back")) {
    check_matrix(args.env(), {"x", x_.length, rows_, rotation_->dim(), stride_});
    if (out_.length != multiply_sizes(rows_, rotation_->dim()))
      throw_error(args.env(), Code::kShape, "out must hold rows times dim values");
    require_disjoint(args.env(), out_, x_, "x");
  }
  Status run() override {
    return (back_ ? rotate_rows_back : rotate_rows)(active_kernel_set(), *rotation_, {x_.data, stride_, rows_},
                                                    {out_.data, rotation_->dim(), rows_});
  }

 private:
  Input<float> x_;
  std::shared_ptr<const TurboRotation> rotation_;
  Output<float> out_;
  size_t rows_, stride_;
  bool back_;
};

/// (x, rotation, codes, scales, xRowStride, bits, scale, float16): a row for each scale
class EncodeVectorsCall : public Call {
 public:
  explicit EncodeVectorsCall(Arguments& args)
      : x_(args.input<float>(0, "x")),
        rotation_(rotation_of(args.env(), args.at(1), "rotation")),
        codes_(args.output<uint8_t>(2, "codes")),
        scales_(args.output<float>(3, "scales")),
        stride_(args.size(4, "xRowStride")) {
    const size_t bits = bits_of_codes(args, 5), kind = args.size(6, "scale");
    if (kind > static_cast<size_t>(TurboScale::kPaper))
      throw_error(args.env(), Code::kRange, "scale must be from 0 to 3");
    format_ = {bits, static_cast<TurboScale>(kind),
               args.boolean(7, "float16") ? ScaleType::kFloat16 : ScaleType::kFloat32};
    check_matrix(args.env(), {"x", x_.length, scales_.length, rotation_->dim(), stride_});
    check_codes(args.env(), codes_.length, scales_.length, code_bytes(bits, rotation_->dim()), kCodeSlackBytes);
    require_disjoint(args.env(), codes_, x_, "x");
    require_disjoint(args.env(), scales_, x_, "x");
    require_disjoint(args.env(), codes_.data, codes_.length, scales_.data, scales_.length * sizeof(float), "scales");
  }
  Status run() override {
    return encode_rows(active_kernel_set(), *rotation_, format_, {x_.data, stride_, scales_.length},
                       {codes_.data, code_bytes(format_.bits, rotation_->dim()), scales_.data});
  }

 private:
  Input<float> x_;
  std::shared_ptr<const TurboRotation> rotation_;
  Output<uint8_t> codes_;
  Output<float> scales_;
  size_t stride_;
  TurboFormat format_;
};

/// What calls read that take encoded vectors: (codes, scales, rotation, bits) are the first arguments.
struct CodesInput {
  Input<uint8_t> codes;
  Input<float> scales;
  std::shared_ptr<const TurboRotation> rotation;
  size_t bits;

  explicit CodesInput(Arguments& args)
      : codes(args.input<uint8_t>(0, "codes")),
        scales(args.input<float>(1, "scales")),
        rotation(rotation_of(args.env(), args.at(2), "rotation")),
        bits(bits_of_codes(args, 3)) {
    check_codes(args.env(), codes.length, scales.length, row_bytes(), kCodeSlackBytes);
  }
  size_t row_bytes() const { return code_bytes(bits, rotation->dim()); }
  TurboCodesView view() const { return {codes.data, row_bytes(), scales.data}; }
  void require_apart(Napi::Env env, const Output<float>& out) const {
    require_disjoint(env, out, codes, "codes");
    require_disjoint(env, out, scales, "scales");
  }
};

/// (codes, scales, rotation, bits, out)
class DecodeVectorsCall : public Call {
 public:
  explicit DecodeVectorsCall(Arguments& args) : input_(args), out_(args.output<float>(4, "out")) {
    if (out_.length != multiply_sizes(input_.scales.length, input_.rotation->dim()))
      throw_error(args.env(), Code::kShape, "out must hold dim values for each row");
    input_.require_apart(args.env(), out_);
  }
  Status run() override {
    return decode_rows(active_kernel_set(), *input_.rotation, input_.bits, input_.view(),
                       {out_.data, input_.rotation->dim(), input_.scales.length});
  }

 private:
  CodesInput input_;
  Output<float> out_;
};

/// (codes, scales, rotation, bits, queries, out, count, queryRowStride): out is [count, rows]
class ScoreVectorsCall : public Call {
 public:
  explicit ScoreVectorsCall(Arguments& args)
      : input_(args),
        queries_(args.input<float>(4, "queries")),
        out_(args.output<float>(5, "out")),
        count_(args.size(6, "count")),
        stride_(args.size(7, "queryRowStride")) {
    check_matrix(args.env(), {"queries", queries_.length, count_, input_.rotation->dim(), stride_});
    if (out_.length != multiply_sizes(count_, input_.scales.length))
      throw_error(args.env(), Code::kShape, "out must hold a value for each query and row");
    input_.require_apart(args.env(), out_);
    require_disjoint(args.env(), out_, queries_, "queries");
  }
  Status run() override {
    return score_rows(active_kernel_set(), *input_.rotation, input_.bits, {queries_.data, stride_, count_},
                      input_.view(), {out_.data, input_.scales.length, count_});
  }

 private:
  CodesInput input_;
  Input<float> queries_;
  Output<float> out_;
  size_t count_, stride_;
};

/// (from, to, dim, bits, count): planes with 64 bytes more, and streams
template <bool ToStream>
class ConvertCodesCall : public Call {
 public:
  explicit ConvertCodesCall(Arguments& args)
      : from_(args.input<uint8_t>(0, "from")),
        to_(args.output<uint8_t>(1, "to")),
        shape_{bits_of_codes(args, 3), args.size(2, "dim"), args.size(4, "count")} {
    if (shape_.dim < kLeastTurboDim || shape_.dim > kMostTurboDim)
      throw_error(args.env(), Code::kRange, "dim must be from 8 to 16384");
    const size_t streams = multiply_sizes(shape_.count, stream_bytes(shape_.bits, shape_.dim));
    check_codes(args.env(), ToStream ? from_.length : to_.length, shape_.count, code_bytes(shape_.bits, shape_.dim),
                kCodeSlackBytes);
    if ((ToStream ? to_.length : from_.length) != streams)
      throw_error(args.env(), Code::kShape, "a stream must hold the bits of each row, in whole bytes");
    require_disjoint(args.env(), to_, from_, "from");
  }
  Status run() override {
    if (!ToStream) return stream_to_planes(shape_, from_.data, to_.data);
    planes_to_stream(shape_, from_.data, to_.data);
    return {};
  }

 private:
  Input<uint8_t> from_;
  Output<uint8_t> to_;
  CodeShape shape_;
};

}  // namespace

void export_turbo_calls(Napi::Env env, Napi::Object exports) {
  export_function(env, exports, "createRotation", call_now<CreateRotationCall>);
  export_call<RotateVectorsCall>(env, exports, "rotateVectors");
  export_call<EncodeVectorsCall>(env, exports, "encodeVectors");
  export_call<DecodeVectorsCall>(env, exports, "decodeVectors");
  export_call<ScoreVectorsCall>(env, exports, "scoreVectors");
  export_call<ConvertCodesCall<true>>(env, exports, "codesToStream");
  export_call<ConvertCodesCall<false>>(env, exports, "streamToCodes");
}

}  // namespace octavo
