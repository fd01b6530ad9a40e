// Activation functions of linear layers: applied to sums in a GEMM's epilogue, or to an array of values.
//
// Every function is one sequence of IEEE additions, multiplications and one division in float32, without fma and
// without a mathematical library, so that every instruction set gives the same bits; activation_scalar.h is the
// definition. What is not above a bound of a clip, NaN included, becomes that bound; the others keep NaN.
//
//   function    of x                                  largest error                          x -> -inf, +inf
//   clip        min(max(x, low), high)                none                                   low, high
//   gelu        x P(X <= x), X standard normal        1.5e-7 |x|; 4 ulp where x >= -1        -0, +inf
//   geluTanh    x (1 + tanh(c (x + 0.044715 x^3))) / 2, c = sqrt(2 / pi)    the same         -0, +inf
//   silu        x / (1 + e^-x)                        3 ulp where x >= -88, then below 1e-36 -0, +inf
//
// All three are x / (1 + e^-t) with a t of their own: (1 + tanh(s)) / 2 is the logistic function of 2 s, and the normal
// distribution is that of t(x) = x G(x^2) with G the polynomial closest to the logit of P on |x| <= 5, weighted so that
// P's error is the same everywhere (at most 2.9e-8). Sources: Hendrycks and Gimpel, "Gaussian Error Linear Units",
// 2016; Ramachandran et al., "Searching for Activation Functions", 2017; e^-t by Cody and Waite's reduction.
// Polynomials are least maximum fits of this project.
#pragma once

#include <cstddef>

namespace octavo {

enum class ActivationKind { kNone, kClip, kGelu, kGeluTanh, kSilu };

struct Activation {
  ActivationKind kind = ActivationKind::kNone;
  float low = 0, high = 0;  // of a clip; low <= high. relu is 0, infinity
};

struct ActivationKernel {
  /// values[i] = activation(values[i]).
  void (*run)(const Activation& activation, float* values, size_t count);
};

extern const ActivationKernel kActivationScalar, kActivationAvx2, kActivationAvx512vnni, kActivationNeon;

namespace {

/// The numbers of the definition.
struct ActivationNumbers {
  static constexpr float kLog2E = 1.44269504f;
  static constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer, half to even
  static constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;  // few bits in the first: exact products
  /// e^-r = 1 - r + r^2 (p0 + p1 r + ...) on |r| <= ln(2) / 2.
  static constexpr float kExp[] = {0.49999994f, -0.16666515f, 0.041668456f, -0.0083694188f, 0.0013813145f};
  /// e^-t is +infinity from here on down, and 0 from here on up: what the exponent's bits give by themselves.
  static constexpr float kLowest = -89, kHighest = 88;
  static constexpr float kSiluLowest = -89, kGeluLowest = -30, kGeluTanhLowest = -12;  // the function is -0 there
  static constexpr float kGeluTanh[] = {1.5957691f, 0.071354816f};                     // 2 sqrt(2 / pi), times 0.044715
  static constexpr float kGeluSquare = 25;  // x^2 up to which the polynomial holds
  static constexpr float kGelu[] = {1.59576988f,    0.0726661691f,   -6.51899516e-5f, -1.10612387e-4f,
                                    7.92948877e-6f, -2.64526673e-7f, 3.51234127e-9f};
};

}  // namespace
}  // namespace octavo
