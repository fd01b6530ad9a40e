// Rounding to integers by an addition.
#pragma once

namespace octavo::device {

/// What is added to a number of at most 2^22 in magnitude to round it, half to even, to an integer: the low bits of
/// the sum are then those of the integer.
constexpr float kRounder = 0x1.8p23f;

}  // namespace octavo::device
