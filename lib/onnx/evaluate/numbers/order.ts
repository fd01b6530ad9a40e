// The lesser and the greater of two values, numbers or bigints.

export function lesser<T extends number | bigint>(a: T, b: T): T {
  const first = a < b;
  return first ? a : b;
}

export function greater<T extends number | bigint>(a: T, b: T): T {
  const first = a > b;
  return first ? a : b;
}
