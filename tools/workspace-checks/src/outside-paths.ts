import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/**
 * Paths that a program writes down and that lead out of the repository: relative imports, `new URL('…', import.meta.url)`, joins that
 * start at the program's own folder, and absolute paths into a folder of the machine.
 *
 * @param file of the program, absolute, below `root`
 * @param folders of the machine's own root that no program may name
 */
export function pathsOutside(root: string, file: string, text: string, folders: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const own = dirname(file);
  const check = (path: string, said: string): void => {
    const way = relative(root, path);
    if (way.startsWith('..') || isAbsolute(way)) found.push(said);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) {
      const [, first = ''] = /^\/([\w.-]+)(\/|$)/.exec(node.text) ?? [];
      if (folders.has(first)) found.push(node.text);
      const startsAlone = !ts.isCallExpression(node.parent) || node.parent.arguments[0] === node;
      if (/^\.\.?\//.test(node.text) && startsAlone) check(resolve(own, node.text), node.text);
    }
    if (ts.isCallExpression(node) && /(^|\.)(join|resolve)$/.test(node.expression.getText())) {
      const [start, ...rest] = node.arguments;
      const steps = rest.map((step) => (ts.isStringLiteralLike(step) ? step.text : undefined));
      const known = steps.slice(0, steps.includes(undefined) ? steps.indexOf(undefined) : undefined);
      if (start !== undefined && isOwnFolder(start))
        check(join(own, ...known.map((step) => step ?? '')), node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The folder of the program itself, however it is written. */
function isOwnFolder(node: ts.Expression): boolean {
  return /^(import\.meta\.dirname|__dirname|dirname\(fileURLToPath\(import\.meta\.url\)\))$/.test(node.getText());
}
