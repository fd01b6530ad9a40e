// The version of the package that this is compiled from: package.json's. What loads a binary compares the two.
#pragma once

namespace octavo {

constexpr char kVersion[] = "0.1.0";

}  // namespace octavo
