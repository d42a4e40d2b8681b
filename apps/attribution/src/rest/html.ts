/** Markup that is no text. */
export interface Markup {
  readonly markup: string;
}

/** A page without scripts or addresses: it can be kept and sent. Texts are escaped. */
export function htmlPage(title: string, parts: readonly (string | Markup)[]): string {
  const body = parts.map((part) => (typeof part === 'string' ? `<p>${escaped(part)}</p>` : part.markup)).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; color: #1b1f24; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: 0.25rem 0.75rem; border-bottom: 1px solid #d8dee4; text-align: right; }
th:first-child, td:first-child { text-align: left; }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${body}
</body>
</html>
`;
}

export function htmlTable(header: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const line = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((row) => line(row, 'td')).join('\n');
  return { markup: `<table>\n<thead>${line(header, 'th')}</thead>\n<tbody>\n${body}\n</tbody>\n</table>` };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
