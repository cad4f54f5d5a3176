/**
 * The normal distribution in full double accuracy: W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969).
 * Each of his three intervals has a rational function of its own; the coefficients are his, highest power first.
 */

const nearNumerator = [
  0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694,
];
const nearDenominator = [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171];
const middleNumerator = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
  1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
];
const middleDenominator = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
  4362.619090143247, 3439.3676741437216, 1230.3393548037495,
];
const farNumerator = [
  0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
  0.0006587491615298378,
];
const farDenominator = [
  1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918,
];

const nearLimit = 0.46875;
const middleLimit = 4;
/** Beyond it e^{−x²} is less than every double, and e^{x²} more. */
const exponentLimit = 28;
const oneOverSqrtPi = 0.5641895835477563;
const sqrtHalf = Math.SQRT1_2;
const oneOverSqrtTwoPi = 0.3989422804014327;

const polynomial = (coefficients: readonly number[], at: number): number => {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * at + coefficient;
  return sum;
};

const rational = (numerator: readonly number[], denominator: readonly number[], at: number): number =>
  polynomial(numerator, at) / polynomial(denominator, at);

/** erf for |x| ≤ nearLimit. */
const erfNear = (x: number): number => x * rational(nearNumerator, nearDenominator, x * x);

/** e^{x²}·erfc(x) for x ≥ nearLimit. */
const scaledTail = (x: number): number => {
  if (x <= middleLimit) return rational(middleNumerator, middleDenominator, x);
  if (x > 1e8) return oneOverSqrtPi / x;
  const inverse = 1 / (x * x);
  return (oneOverSqrtPi - inverse * rational(farNumerator, farDenominator, inverse)) / x;
};

/** e^{−x²}, x split at a sixteenth: x² would lose its last digits to rounding, and the exponential would multiply the loss by x². */
const expOfMinusSquare = (x: number): number => {
  if (x > exponentLimit) return 0;
  const split = Math.trunc(x * 16) / 16;
  return Math.exp(-split * split) * Math.exp(-(x - split) * (x + split));
};

const expOfSquare = (x: number): number => {
  if (x > exponentLimit) return Number.POSITIVE_INFINITY;
  const split = Math.trunc(x * 16) / 16;
  return Math.exp(split * split) * Math.exp((x - split) * (x + split));
};

/** The complementary error function. */
export const erfc = (x: number): number => {
  const y = Math.abs(x);
  if (y <= nearLimit) return 1 - erfNear(x);
  const tail = expOfMinusSquare(y) * scaledTail(y);
  return x < 0 ? 2 - tail : tail;
};

/** e^{x²}·erfc(x): keeps its digits where erfc underflows. Infinite under about −26.6. */
export const erfcx = (x: number): number => {
  const y = Math.abs(x);
  if (y <= nearLimit) return Math.exp(x * x) * (1 - erfNear(x));
  return x < 0 ? 2 * expOfSquare(y) - scaledTail(y) : scaledTail(y);
};

/** Φ. */
export const normalCdf = (z: number): number => 0.5 * erfc(-z * sqrtHalf);

/** φ. */
export const normalPdf = (z: number): number => oneOverSqrtTwoPi * Math.exp(-0.5 * z * z);
