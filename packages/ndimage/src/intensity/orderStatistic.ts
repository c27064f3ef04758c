/**
 * The k-th smallest value, k from 0, found by parting the values around it, in place: what is left of k is not larger, what is right of
 * it not smaller, so that the next search has less to do.
 *
 * Hoare's selection; the pivot is the median of three, so that sorted values are no worst case.
 */
export function orderStatistic(values: Float64Array, k: number): number {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const middle = (left + right) >> 1;
    const [a, b, c] = [values[left]!, values[middle]!, values[right]!];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else return values[k]!;
  }
  return values[k]!;
}
