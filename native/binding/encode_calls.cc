// encodeCodebook, nestMagnitudes.
#include "binding/calls.h"
#include "core/sizes.h"
#include "ops/encode_codebook.h"

namespace octavo {
namespace {

/// (x, codes, absmax, moments, sums, bounds, levelCodes, table, block)
class EncodeCodebookCall : public Call {
 public:
  explicit EncodeCodebookCall(Arguments& args)
      : x_(args.input<float>(0, "x")),
        codes_(args.output<uint8_t>(1, "codes")),
        absmax_(args.output<float>(2, "absmax")),
        bounds_(args.input<float>(5, "bounds")),
        level_codes_(args.input<uint8_t>(6, "levelCodes")),
        table_(args.input<float>(7, "table")),
        block_(args.size(8, "block")) {
    if (!args.is_absent(3)) moments_ = args.output<float>(3, "moments");
    if (!args.is_absent(4)) sums_ = args.output<double>(4, "sums");
    check_lengths(args.env());
    check_outputs(args.env());
  }
  Status run() override {
    return encode_codebook({x_.data, x_.length, block_}, {bounds_.data, level_codes_.data, table_.data},
                           {codes_.data, absmax_.data, moments_.data, sums_.data});
  }

 private:
  void check_lengths(Napi::Env env) const {
    if (block_ == 0 || block_ % 2 != 0) throw_error(env, Code::kRange, "block must be even and above 0");
    const size_t blocks = divide_up(x_.length, block_);
    if (codes_.length != divide_up(x_.length, 2))
      throw_error(env, Code::kShape, "codes must hold as many values as x, two a byte");
    if (absmax_.length != blocks) throw_error(env, Code::kShape, "absmax must hold one value for each block");
    if (moments_.data != nullptr && moments_.length != multiply_sizes(blocks, 2))
      throw_error(env, Code::kShape, "moments must hold two values for each block");
    if (sums_.data != nullptr && sums_.length != 2) throw_error(env, Code::kShape, "sums must hold two values");
    if (bounds_.length != kCodebookSize - 1 || level_codes_.length != kCodebookSize || table_.length != kCodebookSize)
      throw_error(env, Code::kShape, "a table must have 15 bounds, 16 codes and 16 values");
    for (size_t i = 0; i < kCodebookSize; ++i)
      if (level_codes_.data[i] >= kCodebookSize) throw_error(env, Code::kRange, "codes must be below 16");
  }
  void check_outputs(Napi::Env env) const {
    require_disjoint(env, codes_, x_, "x");
    require_disjoint(env, absmax_, x_, "x");
    require_disjoint(env, moments_, x_, "x");
    require_disjoint(env, sums_, x_, "x");
    for (const Input<float>* one : {&bounds_, &table_}) {
      require_disjoint(env, codes_, *one, "the table");
      require_disjoint(env, absmax_, *one, "the table");
      require_disjoint(env, moments_, *one, "the table");
      require_disjoint(env, sums_, *one, "the table");
    }
    require_disjoint(env, codes_, level_codes_, "levelCodes");
  }

  Input<float> x_;
  Output<uint8_t> codes_;
  Output<float> absmax_, moments_;
  Output<double> sums_;
  Input<float> bounds_;
  Input<uint8_t> level_codes_;
  Input<float> table_;
  size_t block_;
};

/// (magnitudes, map, codes, scales, offset)
class NestMagnitudesCall : public Call {
 public:
  explicit NestMagnitudesCall(Arguments& args)
      : magnitudes_(args.input<float>(0, "magnitudes")),
        map_(args.input<float>(1, "map")),
        codes_(args.output<uint8_t>(2, "codes")),
        scales_(args.output<float>(3, "scales")),
        offset_(args.output<float>(4, "offset")) {
    if (map_.length != 256) throw_error(args.env(), Code::kShape, "map must hold 256 values");
    if (codes_.length != magnitudes_.length)
      throw_error(args.env(), Code::kShape, "codes must hold one for each magnitude");
    if (scales_.length != divide_up(magnitudes_.length, kNestedBlock))
      throw_error(args.env(), Code::kShape, "scales must hold one for each block of 256 magnitudes");
    if (offset_.length != 1) throw_error(args.env(), Code::kShape, "offset must hold one value");
    require_disjoint(args.env(), codes_, magnitudes_, "magnitudes");
    require_disjoint(args.env(), scales_, magnitudes_, "magnitudes");
    require_disjoint(args.env(), offset_, magnitudes_, "magnitudes");
    require_disjoint(args.env(), codes_, map_, "map");
    require_disjoint(args.env(), scales_, map_, "map");
  }
  Status run() override {
    nest_magnitudes(magnitudes_.data, magnitudes_.length, map_.data, codes_.data, scales_.data, offset_.data);
    return {};
  }

 private:
  Input<float> magnitudes_, map_;
  Output<uint8_t> codes_;
  Output<float> scales_, offset_;
};

}  // namespace

void export_encode_calls(Napi::Env env, Napi::Object exports) {
  export_call<EncodeCodebookCall>(env, exports, "encodeCodebook");
  export_call<NestMagnitudesCall>(env, exports, "nestMagnitudes");
}

}  // namespace octavo
