/** Formats of floating-point numbers that JavaScript has no array for. */
export type SmallFloat = "F16" | "BF16" | "F8_E5M2" | "F8_E4M3";

/** Bits of exponent and mantissa. `F8_E4M3` has no infinity, and of its largest exponent only the last mantissa is no number. */
const layouts: Record<SmallFloat, { exponent: number; mantissa: number; infinite: boolean }> = {
  F16: { exponent: 5, mantissa: 10, infinite: true },
  BF16: { exponent: 8, mantissa: 7, infinite: true },
  F8_E5M2: { exponent: 5, mantissa: 2, infinite: true },
  F8_E4M3: { exponent: 4, mantissa: 3, infinite: false },
};

/** The value of every code that has no sign, made when the first is wanted; they rise until the first that is not finite. */
const tables = new Map<SmallFloat, Float64Array>();

function tableOf(format: SmallFloat): Float64Array {
  const known = tables.get(format);
  if (known !== undefined) return known;
  const { exponent, mantissa, infinite } = layouts[format];
  const bias = 2 ** (exponent - 1) - 1;
  const steps = 2 ** mantissa;
  const table = Float64Array.from({ length: 2 ** (exponent + mantissa) }, (_, code) => {
    const power = Math.floor(code / steps);
    const fraction = code % steps;
    if (power === 0) return fraction * 2 ** (1 - bias - mantissa); // subnormal
    if (power === 2 ** exponent - 1) {
      if (infinite) return fraction === 0 ? Infinity : NaN;
      if (fraction === steps - 1) return NaN;
    }
    return (1 + fraction / steps) * 2 ** (power - bias);
  });
  tables.set(format, table);
  return table;
}

/** The numbers of codes, exactly. */
export function readSmallFloats(codes: Uint8Array | Uint16Array, format: SmallFloat): Float32Array {
  const table = tableOf(format);
  const signed = table.length;
  return Float32Array.from(codes, (code) => (code < signed ? table[code]! : -table[code - signed]!));
}

/**
 * The codes of numbers, each rounded to the nearest, of two equally near ones to the even one. What lies beyond the largest becomes infinite,
 * in `F8_E4M3` NaN.
 */
export function writeSmallFloats(values: Float32Array, format: SmallFloat): Uint8Array | Uint16Array {
  const table = tableOf(format);
  const { infinite } = layouts[format];
  const firstNotFinite = table.findIndex((value) => !Number.isFinite(value));
  const nan = infinite ? firstNotFinite + table.length / 2 ** layouts[format].exponent / 2 : firstNotFinite;
  /** Where a code would lie if the numbers went on. */
  const place = (code: number): number =>
    code === firstNotFinite ? 2 * table[code - 1]! - table[code - 2]! : table[code]!;
  const encode = (value: number): number => {
    const sign = value < 0 || Object.is(value, -0) ? table.length : 0;
    const size = Math.abs(value);
    if (Number.isNaN(value)) return nan;
    if (size >= place(firstNotFinite)) return sign + firstNotFinite;
    let low = 0;
    let high = firstNotFinite;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (table[middle]! <= size) low = middle;
      else high = middle;
    }
    const towards = size - place(low) - (place(high) - size);
    return sign + (towards > 0 || (towards === 0 && low % 2 === 1) ? high : low);
  };
  return format.startsWith("F8") ? Uint8Array.from(values, encode) : Uint16Array.from(values, encode);
}
