/** One small fault put into one line of Solidity. */
export interface Mutant {
  /** From 1. */
  readonly line: number;
  readonly operator: string;
  readonly before: string;
  readonly after: string;
}

interface Operator {
  readonly name: string;
  /** Every text that the line could become. */
  readonly apply: (code: string) => readonly string[];
}

const replaceEach = (code: string, pattern: RegExp, by: (found: string) => string): readonly string[] =>
  [...code.matchAll(pattern)].map(
    match => code.slice(0, match.index) + by(match[0]) + code.slice(match.index + match[0].length),
  );

const swaps = (pattern: RegExp, table: Readonly<Record<string, string>>) => (code: string) =>
  replaceEach(code, pattern, found => found.replace(found.trim(), table[found.trim()] ?? found.trim()));

const comparisons = { '<': '<=', '<=': '<', '>': '>=', '>=': '>', '==': '!=', '!=': '==', '&&': '||', '||': '&&' };
const roundings = {
  'fullMulDiv(': 'fullMulDivUp(',
  'fullMulDivUp(': 'fullMulDiv(',
  'divUp(': 'rawDiv(',
  'amountUp(': 'amountDown(',
  'amountDown(': 'amountUp(',
  'shareUp(': 'shareDown(',
  'shareDown(': 'shareUp(',
};
const extremes = { 'min(': 'max(', 'max(': 'min(' };

const operators: readonly Operator[] = [
  { name: 'comparison', apply: swaps(/ (?:<=?|>=?|==|!=|&&|\|\|) /g, comparisons) },
  { name: 'sign', apply: swaps(/ [+-] /g, { '+': '-', '-': '+' }) },
  {
    name: 'rounding',
    apply: swaps(/\b(?:fullMulDiv|fullMulDivUp|divUp|amountUp|amountDown|shareUp|shareDown)\(/g, roundings),
  },
  { name: 'extreme', apply: swaps(/\b(?:min|max)\(/g, extremes) },
  { name: 'constant', apply: code => replaceEach(code, /(?<![\w.])\d+(?![\w.])/g, found => String(Number(found) + 1)) },
  {
    // Not where their order is of no account.
    name: 'arguments',
    apply: code =>
      [...code.matchAll(/(?<!\b(?:min|max|dist|fullMulDiv|fullMulDivUp)\()(?<=\()(\w+), (\w+)(?=[,)])/g)].map(
        ({ 0: found, 1: first, 2: second, index }) =>
          `${code.slice(0, index)}${second}, ${first}${code.slice(index + found.length)}`,
      ),
  },
  // A whole statement on one line that leaves early: a guard.
  { name: 'guard removed', apply: code => (/^\s*if \(.*\) (?:revert|return)\b.*;\s*$/.test(code) ? [''] : []) },
];

/** What is no expression: a fault there either does not compile or changes nothing. */
const isDeclaration =
  /^\s*(?:\/\/|\*|\/\*|pragma|import|using|event|error|struct|function|modifier|contract|library)\b|^\s*(?:\/|\*)/;

/** Every mutant of a source, in the order of its lines. */
export function mutantsOf(source: string): readonly Mutant[] {
  return source.split('\n').flatMap((text, index) => {
    const [code = '', ...comment] = text.split(/(?= \/\/)/);
    if (isDeclaration.test(code)) return [];
    return operators.flatMap(({ name, apply }) =>
      apply(code).map(after => ({ line: index + 1, operator: name, before: text, after: after + comment.join('') })),
    );
  });
}

/** The source with that one fault in it. */
export function withMutant(source: string, mutant: Mutant): string {
  const lines = source.split('\n');
  lines[mutant.line - 1] = mutant.after;
  return lines.join('\n');
}
