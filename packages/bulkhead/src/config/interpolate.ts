import { failure, ok, type Result } from '@bulkhead/shared';
import { type ConfigProblem, secretPaths } from '@bulkhead/shared/config';

const reference = /\$\{([^}]*)\}/g;

const isBlock = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Environment = Readonly<Record<string, string | undefined>>;

const fill = (path: string, text: string, environment: Environment, problems: ConfigProblem[]): string =>
  text.replace(reference, (whole, name: string) => {
    const value = environment[name];
    if (value !== undefined && value !== '') return value;
    problems.push({
      path,
      found: `${whole}, and the environment has no ${name}`,
      allowed: 'a path to a file',
      remedy: `Set ${name}, or write the path itself.`,
    });
    return whole;
  });

const forbidden = (path: string, text: string): ConfigProblem => ({
  path,
  found: `the text ${JSON.stringify(text)}`,
  allowed: 'a plain value',
  remedy: `Write the value itself: only ${secretPaths.join(', ')} are filled from the environment.`,
});

/** Replaces ${NAME} in the fields that name files with secrets, and refuses it everywhere else. */
export const interpolate = (raw: unknown, environment: Environment): Result<unknown, readonly ConfigProblem[]> => {
  const problems: ConfigProblem[] = [];
  const visit = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') {
      if (!value.includes('${')) return value;
      if ((secretPaths as readonly string[]).includes(path)) return fill(path, value, environment, problems);
      problems.push(forbidden(path, value));
      return value;
    }
    if (Array.isArray(value)) return value.map((item, index) => visit(item, `${path}[${index}]`));
    if (!isBlock(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, visit(item, path === '' ? key : `${path}.${key}`)]),
    );
  };
  const filled = visit(raw, '');
  return problems.length > 0 ? failure(problems) : ok(filled);
};
