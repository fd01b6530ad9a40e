// observeSketch, mergeSketch, checksum.
#include "binding/calls.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "ops/checksum.h"
#include "ops/sketch.h"

namespace octavo {
namespace {

/// The sketches that fill `length` words.
SketchWords sketch_of(Napi::Env env, uint64_t* words, size_t length, size_t bins) {
  const size_t each = add_sizes(bins, SketchWords::kHead);
  if (length % each != 0) throw_error(env, Code::kShape, "words must hold a head and the bins of each channel");
  const SketchWords sketch = {words, length / each, bins};
  throw_if_failed(env, check_sketch(sketch));
  return sketch;
}

/// (x, words, bins, inner, axis, block): axis and block are 0 where no blocks share the channels.
class ObserveSketchCall : public Call {
 public:
  explicit ObserveSketchCall(Arguments& args)
      : x_(args.input<float>(0, "x")),
        words_(args.output<uint64_t>(1, "words")),
        sketch_(sketch_of(args.env(), words_.data, words_.length, args.size(2, "bins"))),
        inner_(args.size(3, "inner")),
        axis_(args.size(4, "axis")),
        block_(args.size(5, "block")) {
    require_disjoint(args.env(), words_, x_, "x");
  }
  Status run() override {
    const KernelSet& set = active_kernel_set();
    return block_ > 0 ? observe_blocks(set, {x_.data, x_.length, axis_, inner_, block_}, sketch_)
                      : observe_sketch(set, {x_.data, x_.length, sketch_.channels, inner_}, sketch_);
  }

 private:
  Input<float> x_;
  Output<uint64_t> words_;
  SketchWords sketch_;
  size_t inner_, axis_, block_;
};

/// (words, other, bins)
class MergeSketchCall : public Call {
 public:
  explicit MergeSketchCall(Arguments& args)
      : words_(args.output<uint64_t>(0, "words")), other_(args.output<uint64_t>(1, "other")) {
    const size_t bins = args.size(2, "bins");
    sketch_ = sketch_of(args.env(), words_.data, words_.length, bins);
    from_ = sketch_of(args.env(), other_.data, other_.length, bins);
    if (words_.length != other_.length)
      throw_error(args.env(), Code::kShape, "words and other must have the same length");
    require_disjoint(args.env(), words_.data, words_.length * sizeof(uint64_t), other_.data,
                     other_.length * sizeof(uint64_t), "other");
  }
  Status run() override { return merge_sketch(sketch_, from_); }

 private:
  Output<uint64_t> words_, other_;
  SketchWords sketch_ = {}, from_ = {};
};

/// (bytes)
Napi::Value checksum(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto bytes = Arguments(info, Arguments::Mode::kBorrow).input<uint8_t>(0, "bytes");
    return Napi::BigInt::New(info.Env(), xxh64(bytes.data, bytes.length));
  });
}

}  // namespace

void export_sketch_calls(Napi::Env env, Napi::Object exports) {
  export_call<ObserveSketchCall>(env, exports, "observeSketch");
  export_function(env, exports, "mergeSketch", call_now<MergeSketchCall>);
  exports.Set("checksum", Napi::Function::New<checksum>(env, "checksum"));
}

}  // namespace octavo
