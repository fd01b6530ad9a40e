// Parameters of quantization among the arguments of a call.
#pragma once

#include "binding/calls.h"
#include "ops/quantize.h"

namespace octavo {

/// scale and zeroPoint at positions 2 and 3, inner at 4.
struct ParamsInput {
  Input<float> scale;
  Input<int32_t> zero_point;
  size_t inner;

  explicit ParamsInput(Arguments& args)
      : scale(args.input<float>(2, "scale")),
        zero_point(args.input<int32_t>(3, "zeroPoint")),
        inner(args.size(4, "inner")) {
    if (scale.length != zero_point.length)
      throw_error(args.env(), Code::kShape, "scale and zeroPoint must have the same length");
  }
  ChannelParams channels() const { return {scale.data, zero_point.data, scale.length, inner}; }
};

}  // namespace octavo
