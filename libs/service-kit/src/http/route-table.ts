/** The routes of a server by pattern, to tell an unknown path from a known one with another method. */
export class RouteTable {
  private readonly patterns = new Map<string, { expression: RegExp; methods: Set<string> }>();

  add(url: string, methods: string | readonly string[]): void {
    const known = this.patterns.get(url) ?? { expression: toExpression(url), methods: new Set<string>() };
    for (const method of typeof methods === 'string' ? [methods] : methods) known.methods.add(method.toUpperCase());
    this.patterns.set(url, known);
  }

  /** Methods that the path of a URL has, in alphabetical order; none when no pattern fits. */
  methodsFor(url: string): string[] {
    const path = url.split('?', 1)[0] ?? url;
    const methods = [...this.patterns.values()]
      .filter(({ expression }) => expression.test(path))
      .flatMap((pattern) => [...pattern.methods]);
    return [...new Set(methods)].sort();
  }
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split('/').map((part) => {
    if (part === '*') return '.*';
    if (part.startsWith(':')) return '[^/]+';
    return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}$`);
}
