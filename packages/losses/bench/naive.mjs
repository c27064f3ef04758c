// The same losses as compositions of tfjs operations, as they would be written without this package.
export function naiveLosses(tf) {
  const spatial = (x) => x.shape.map((_, k) => k).slice(1, -1);
  const p = (z) => (z.shape.at(-1) === 1 ? tf.sigmoid(z) : tf.softmax(z));
  const dice = (t, probability, axes, smooth) => {
    const overlap = tf.sum(tf.mul(probability, t), axes);
    const sizes = tf.add(tf.sum(probability, axes), tf.sum(t, axes));
    return tf.sub(1, tf.mean(tf.div(tf.add(tf.mul(2, overlap), smooth), tf.add(sizes, smooth))));
  };
  const binary = (t, z) => tf.sub(tf.softplus(z), tf.mul(t, z));
  return {
    diceAll: (t, z) => dice(t, p(z), undefined, 1),
    diceSampleClass: (t, z) => dice(t, p(z), spatial(z), 1e-5),
    diceSquared: (t, z) => {
      const probability = p(z);
      const sizes = tf.add(tf.sum(tf.square(probability)), tf.sum(tf.square(t)));
      return tf.sub(1, tf.div(tf.mul(2, tf.sum(tf.mul(probability, t))), sizes));
    },
    tversky: (t, z) => {
      const probability = p(z);
      const overlap = tf.sum(tf.mul(probability, t));
      const outside = tf.sum(tf.mul(probability, tf.sub(1, t)));
      const missed = tf.sum(tf.mul(tf.sub(1, probability), t));
      const denominator = tf.add(tf.add(overlap, tf.mul(0.3, outside)), tf.add(tf.mul(0.7, missed), 1));
      return tf.sub(1, tf.div(tf.add(overlap, 1), denominator));
    },
    crossEntropy: (t, z) =>
      z.shape.at(-1) === 1 ? tf.mean(binary(t, z)) : tf.neg(tf.mean(tf.sum(tf.mul(t, tf.logSoftmax(z)), -1))),
    focal: (t, z) => {
      if (z.shape.at(-1) > 1) {
        const logP = tf.logSoftmax(z);
        const factor = tf.square(tf.sub(1, tf.exp(logP)));
        return tf.neg(tf.mean(tf.sum(tf.mul(tf.mul(factor, logP), t), -1)));
      }
      const u = tf.mul(z, tf.sub(tf.mul(2, t), 1));
      return tf.mean(tf.mul(tf.exp(tf.mul(-2, tf.softplus(u))), binary(t, z)));
    },
    diceCrossEntropy(t, z) {
      return tf.add(this.diceAll(t, z), this.crossEntropy(t, z));
    },
  };
}
