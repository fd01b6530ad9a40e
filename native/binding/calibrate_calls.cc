// entropyDivergences, expectedErrors, searchAffine.
#include "binding/calls.h"
#include "ops/calibrate_entropy.h"
#include "ops/calibrate_mse.h"

namespace octavo {
namespace {

/// (counts, out, levels)
class EntropyDivergencesCall : public Call {
 public:
  explicit EntropyDivergencesCall(Arguments& args)
      : counts_(args.input<uint64_t>(0, "counts")),
        out_(args.output<double>(1, "out")),
        levels_(args.size(2, "levels")) {
    if (levels_ > counts_.length || out_.length != counts_.length - levels_ + 1)
      throw_error(args.env(), Code::kShape, "out must hold a value for each clip from levels to the number of bins");
  }
  Status run() override { return entropy_divergences({counts_.data, counts_.length}, levels_, out_.data); }

 private:
  Input<uint64_t> counts_;
  Output<double> out_;
  size_t levels_;
};

uint32_t level_count(Arguments& args, size_t index, const char* name) {
  const size_t levels = args.size(index, name);
  if (levels > UINT32_MAX) throw_error(args.env(), Code::kRange, std::string(name) + " must be at most 2^32 - 1");
  return static_cast<uint32_t>(levels);
}

/// (counts, steps, out, below, above, centres)
class ExpectedErrorsCall : public Call {
 public:
  explicit ExpectedErrorsCall(Arguments& args)
      : counts_(args.input<uint64_t>(0, "counts")),
        steps_(args.input<double>(1, "steps")),
        out_(args.output<double>(2, "out")),
        span_{level_count(args, 3, "below"), level_count(args, 4, "above")},
        model_(args.boolean(5, "centres") ? BinModel::kCentre : BinModel::kEven) {
    if (out_.length != steps_.length) throw_error(args.env(), Code::kShape, "out must have the length of steps");
    require_disjoint(args.env(), out_, steps_, "steps");
  }
  Status run() override {
    return expected_errors({counts_.data, counts_.length}, steps_.data, steps_.length, span_, model_, out_.data);
  }

 private:
  Input<uint64_t> counts_;
  Input<double> steps_;
  Output<double> out_;
  LevelSpan span_;
  BinModel model_;
};

/// (counts, steps, found, levels)
class SearchAffineCall : public Call {
 public:
  explicit SearchAffineCall(Arguments& args)
      : counts_(args.input<uint64_t>(0, "counts")),
        steps_(args.input<double>(1, "steps")),
        found_(args.output<double>(2, "found")),
        levels_(level_count(args, 3, "levels")) {
    if (found_.length != 3) throw_error(args.env(), Code::kShape, "found must hold three values");
    require_disjoint(args.env(), found_, steps_, "steps");
  }
  Status run() override {
    AffineChoice best = {};
    const Status status = search_affine({counts_.data, counts_.length}, steps_.data, steps_.length, levels_, &best);
    found_.data[0] = static_cast<double>(best.step_index);
    found_.data[1] = best.below;
    found_.data[2] = best.error;
    return status;
  }

 private:
  Input<uint64_t> counts_;
  Input<double> steps_;
  Output<double> found_;
  uint32_t levels_;
};

}  // namespace

void export_calibrate_calls(Napi::Env env, Napi::Object exports) {
  export_call<EntropyDivergencesCall>(env, exports, "entropyDivergences");
  export_call<ExpectedErrorsCall>(env, exports, "expectedErrors");
  export_call<SearchAffineCall>(env, exports, "searchAffine");
}

}  // namespace octavo
