// A symmetric matrix in full, its rows and columns in another order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

/// out[i, j] = factor * G[order[i], order[j]] for G given as its upper triangle row by row, n (n + 1) / 2 values; and
/// on the diagonal diagonal[order[i]].
void expand_gram(const double* triangle, size_t n, const int32_t* order, double factor, const double* diagonal,
                 double* out);

}  // namespace octavo
