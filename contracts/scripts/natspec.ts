/**
 * Reads what an interface file says: its declarations in the order written, each with its NatSpec. From the sources and not from the compiler's
 * output, which keeps neither the order, nor the banners, nor what is written above a struct. `forge fmt` keeps the sources in the shape read here.
 */

export type Kind = 'function' | 'event' | 'error' | 'struct' | 'enum' | 'interface' | 'contract';

export interface Tag {
  /** `title`, `notice`, `dev`, `param` or `return`. */
  readonly tag: string;
  /** What a `param` is about; of a `return`, its name where it has one. */
  readonly of?: string;
  readonly text: string;
}

export interface Declaration {
  readonly kind: Kind;
  readonly name: string;
  /** Without its closing semicolon or opening brace, on one line; a struct or an enum keeps its lines. */
  readonly text: string;
  readonly tags: readonly Tag[];
  /** The banner that it stands under. */
  readonly banner?: string;
  /** The interface that it is declared in. */
  readonly owner?: string;
}

const declarationStart = /^\s*(?:abstract )?(function|event|error|struct|enum|interface|contract) (\w+)/;
const tagStart = /(?:^|\s)@(title|notice|dev|param|return)\b/g;

/** A blank `///` line parts paragraphs, a line that begins with a dash is an item of a list; all others run on. */
const joined = (lines: readonly string[]): string =>
  lines
    .map(line => line.trim())
    .map(line => (line === '' ? '\n\n' : line.startsWith('- ') ? `\n${line}` : ` ${line}`))
    .join('')
    .replace(/\n\n /g, '\n\n')
    .trim();

function firstWord(text: string): readonly [string, string] {
  const [, word = '', rest = ''] = /^(\w+)\s*([\s\S]*)$/.exec(text) ?? [];
  return [word, rest];
}

/** A name of a `return` tag is one only when the declaration has it: the text may begin with any word. */
function tagOf(tag: string, text: string, declaration: string): Tag {
  if (tag === 'param') {
    const [of, rest] = firstWord(text);
    return { tag, of, text: rest };
  }
  if (tag === 'return') {
    const [of, rest] = firstWord(text);
    const returns = declaration.split(' returns ')[1] ?? '';
    if (of !== '' && new RegExp(`\\b${of}[,)]`).test(returns)) return { tag, of, text: rest };
  }
  return { tag, text };
}

export function tagsOf(lines: readonly string[], declaration: string): readonly Tag[] {
  const text = joined(lines);
  const starts = [...text.matchAll(tagStart)];
  const first = starts[0]?.index ?? text.length;
  const untagged = text.slice(0, first).trim();
  const tagged = starts.map((start, index) => {
    const body = text.slice(start.index + start[0].length, starts[index + 1]?.index ?? text.length);
    return tagOf(start[1] ?? '', body.trim().replace(/;$/, ''), declaration);
  });
  return untagged === '' ? tagged : [{ tag: 'notice', text: untagged }, ...tagged];
}

/** How a declaration ends, by what it is. */
const endOf = (kind: Kind): RegExp => {
  if (kind === 'struct' || kind === 'enum') return /^\}/;
  return kind === 'interface' || kind === 'contract' ? /\{\s*$/ : /;\s*$/;
};

const oneLine = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/\( /g, '(')
    .replace(/ \)/g, ')')
    .replace(/[;{]\s*$/, '')
    .trim();

/** Every declaration of an interface file; of a contract's file only what stands above the first contract, and that contract's own line. */
export function declarationsOf(source: string): readonly Declaration[] {
  const found: Declaration[] = [];
  const lines = source.split('\n');
  let comment: string[] = [];
  let banner: string | undefined;
  let owner: string | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const said = /^\s*\/\/\/ ?(.*)$/.exec(line);
    if (said) {
      comment.push(said[1] ?? '');
      continue;
    }
    const above = /^\s+\/\* (.*) \*\/$/.exec(line);
    if (above) banner = above[1];
    const [, word, name = ''] = declarationStart.exec(line) ?? [];
    if (word !== undefined) {
      const kind = word as Kind;
      const body = [line];
      while (!endOf(kind).test(body.at(-1) ?? '') && at + 1 < lines.length) body.push(lines[++at] ?? '');
      const whole = kind === 'struct' || kind === 'enum';
      const text = whole ? body.join('\n') : oneLine(body.join(' '));
      if (kind === 'interface' || kind === 'contract') {
        owner = name;
        banner = undefined;
      }
      found.push({
        kind,
        name,
        text,
        tags: tagsOf(comment, text),
        ...(banner !== undefined && { banner }),
        ...(owner !== undefined && { owner }),
      });
      if (kind === 'contract') break;
    }
    comment = [];
  }
  return found;
}
