import { preferredFormat } from './preferred-format.js';

describe('preferred format', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['text/csv', 'csv'],
    ['text/*', 'csv'],
    ['text/csv, application/json', 'json'],
    ['text/csv, */*', 'csv'],
    ['application/json;q=0.5, text/csv', 'csv'],
    ['text/csv;q=0.2, application/json;q=0.9', 'json'],
    ['*/*, application/json;q=0', 'csv'],
    ['image/png', undefined],
  ])('reads Accept %j as %s', (accept, format) => {
    expect(preferredFormat(accept, ['json', 'csv'])).toBe(format);
  });

  it.each([
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'html'],
    ['text/*', 'csv'],
    ['*/*', 'json'],
  ])('reads what a browser sends, %j, as %s where a page is offered', (accept, format) => {
    expect(preferredFormat(accept, ['json', 'csv', 'html'])).toBe(format);
  });
});
