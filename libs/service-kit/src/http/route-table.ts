/** The routes of a server by pattern, to tell an unknown path from a known one with another method. */
export class RouteTable {
  private readonly patterns = new Map<string, { expression: RegExp; methods: Set<string> }>();

  add(url: string, methods: string | readonly string[]): void {
    const known = this.patterns.get(url) ?? { expression: toExpression(url), methods: new Set<string>() };
    for (const method of typeof methods === 'string' ? [methods] : methods) known.methods.add(method.toUpperCase());
    this.patterns.set(url, known);
  }

  /** Methods of the pattern that fits the path of a URL best, in alphabetical order; none when no pattern fits. */
  methodsFor(url: string): string[] {
    const path = url.split('?', 1)[0] ?? url;
    const fitting = [...this.patterns].filter(([, { expression }]) => expression.test(path));
    const [best] = fitting.sort(([a], [b]) => variables(a) - variables(b));
    return [...(best?.[1].methods ?? [])].sort();
  }
}

/** A pattern with fewer variable segments is the more specific one, as for the router. */
function variables(pattern: string): number {
  return pattern.split('/').filter((part) => part === '*' || part.startsWith(':')).length;
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split('/').map((part) => {
    if (part === '*') return '.*';
    if (part.startsWith(':')) return '[^/]+';
    return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}$`);
}
