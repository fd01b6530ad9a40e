// Is a product right? Integers are exact; floats may differ by the order of their sums.
#pragma once

#include <string>

#include "contestant.h"

namespace octavo::bench {

/// Empty if `product` is right, else what is wrong: at sampled places against plain sums, and everywhere against
/// `other`.
std::string find_fault(const Operands& operands, const Product& product, const Product& other);

}  // namespace octavo::bench
