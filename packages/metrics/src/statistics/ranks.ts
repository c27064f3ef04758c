/** Ranks from 1, equal values sharing the mean of theirs, and Σ(t³ − t) over the groups of t equal values. */
export function averageRanks(values: ArrayLike<number>): { ranks: Float64Array; ties: number } {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  let ties = 0;
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + to + 1) / 2;
    ties += (to - from) ** 3 - (to - from);
  }
  return { ranks, ties };
}
