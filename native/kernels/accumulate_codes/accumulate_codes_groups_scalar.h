// How vector kernels of accumulate_codes go through coordinates and queries: as many registers' worth at a time as they
// have registers for, then one group at a time, and the rest by the definition.
#pragma once

#include "kernels/accumulate_codes/accumulate_codes_scalar.h"

namespace octavo {
namespace {

/// All whole groups of coordinates of kQueries rows.
template <typename Kernel, unsigned kBits, int kQueries, typename Table>
void accumulate_rows(const AccumulateCodes& sum, const Table& table, size_t query) {
  constexpr int kAtOnce = Kernel::groups_at_once(kQueries);
  constexpr size_t kGroup = Kernel::kGroup, kStep = kGroup * kAtOnce;
  size_t at = 0;
  for (; at + kStep <= sum.dim; at += kStep) Kernel::template run<kBits, kQueries, kAtOnce>(sum, table, query, at);
  for (; at + kGroup <= sum.dim; at += kGroup) Kernel::template run<kBits, kQueries, 1>(sum, table, query, at);
}

template <typename Kernel, unsigned kBits>
void accumulate_bits(const AccumulateCodes& sum) {
  const typename Kernel::template Table<kBits> table(sum);
  size_t query = 0;
  for (; query + 4 <= sum.queries; query += 4) accumulate_rows<Kernel, kBits, 4>(sum, table, query);
  for (; query + 2 <= sum.queries; query += 2) accumulate_rows<Kernel, kBits, 2>(sum, table, query);
  for (; query < sum.queries; ++query) accumulate_rows<Kernel, kBits, 1>(sum, table, query);
  accumulate_from(sum, sum.dim / Kernel::kGroup * Kernel::kGroup);
}

/// Kernel: kGroup coordinates to a group; groups_at_once(queries); Table<bits>, made from the sum; kHasBytes, whether
/// it takes 8 bits; run<bits, queries, groups>(sum, table, first query, first coordinate).
template <typename Kernel>
void accumulate_groups(const AccumulateCodes& sum) {
  switch (sum.bits) {
    case 1:
      return accumulate_bits<Kernel, 1>(sum);
    case 2:
      return accumulate_bits<Kernel, 2>(sum);
    case 3:
      return accumulate_bits<Kernel, 3>(sum);
    case 4:
      return accumulate_bits<Kernel, 4>(sum);
    case 8:
      if constexpr (Kernel::kHasBytes) return accumulate_bits<Kernel, 8>(sum);
      return accumulate_from(sum, 0);
    default:
      return accumulate_from(sum, 0);
  }
}

}  // namespace
}  // namespace octavo
