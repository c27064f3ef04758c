const bins = 4096;

/**
 * The values of rank k and k + 1 (from 0; the last twice) in ascending order, without sorting all: those whose bin in a histogram holds
 * the ranks are sorted alone.
 */
export function orderStatistics(values: Float64Array, k: number): [number, number] {
  const next = Math.min(k + 1, values.length - 1);
  let least = values[0]!;
  let most = least;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  const scale = (bins - 1) / (most - least);
  // Too narrow or too wide to be divided; or so few that sorting is quicker.
  if (!(scale > 0 && scale < Number.MAX_VALUE) || values.length < bins) {
    const sorted = values.slice().sort();
    return [sorted[k]!, sorted[next]!];
  }
  const counts = new Int32Array(bins);
  for (let i = 0; i < values.length; i++) counts[((values[i]! - least) * scale) | 0]!++;
  let below = 0;
  let first = 0;
  while (below + counts[first]! <= k) below += counts[first++]!;
  let last = first;
  for (let upTo = below + counts[first]!; upTo <= next; ) upTo += counts[++last]!;
  const chosen: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const bin = ((values[i]! - least) * scale) | 0;
    if (bin >= first && bin <= last) chosen.push(values[i]!);
  }
  const sorted = Float64Array.from(chosen).sort();
  return [sorted[k - below]!, sorted[next - below]!];
}
