// The command line of octavo_bench.
#pragma once

#include <string>
#include <vector>

#include "operands.h"

namespace octavo::bench {

struct Shape {
  size_t m, n, k;
};

struct Settings {
  double seconds = 1.5;         // per case
  std::vector<GemmType> types;  // all three unless some are named
  std::vector<Shape> shapes;    // cubes of 256 to 2048 unless some are given
  std::vector<size_t> dims;     // of vectors; products are left out where there are some, unless they are given as well
};

constexpr const char* kUsage =
    "usage: octavo_bench [--seconds S] [u8xs8|s8xs8|float32]... [MxNxK]... [d=DIM]...\n"
    "  C[m,n] = A[m,k] B[k,n]; without a type all three, without a shape cubes of 256 to 2048\n"
    "  d=DIM: rotation and codes of vectors of DIM values, from 8 to 16384, on every kernel set of the machine\n"
    "  octavo_bench u8xs8 512x11008x4096 1x4096x4096\n"
    "  octavo_bench d=128\n";

const char* name_of(GemmType type);

/// Empty if the arguments are good and `settings` holds them, else the one that is not.
std::string parse_arguments(int argc, char** argv, Settings* settings);

}  // namespace octavo::bench
