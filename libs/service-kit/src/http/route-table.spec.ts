import { RouteTable } from './route-table.js';

describe('route table', () => {
  const table = new RouteTable();
  table.add('/v1/limits', 'GET');
  table.add('/v1/limits', 'POST');
  table.add('/v1/limits/:id', ['GET', 'HEAD']);
  table.add('/docs/*', 'GET');

  it('knows the methods of a path, by its pattern', () => {
    expect(table.methodsFor('/v1/limits?limit=1')).toEqual(['GET', 'POST']);
    expect(table.methodsFor('/v1/limits/L1')).toEqual(['GET', 'HEAD']);
    expect(table.methodsFor('/docs/swagger-ui.css')).toEqual(['GET']);
  });

  it('prefers the pattern that names the path', () => {
    const both = new RouteTable();
    both.add('/v1/notes/:id', ['GET', 'PUT']);
    both.add('/v1/notes/counts', 'POST');
    expect(both.methodsFor('/v1/notes/counts')).toEqual(['POST']);
    expect(both.methodsFor('/v1/notes/other')).toEqual(['GET', 'PUT']);
  });

  it('knows no methods of an unknown path', () => {
    expect(table.methodsFor('/v1/limits/L1/x')).toEqual([]);
    expect(table.methodsFor('/v1/limits/')).toEqual([]);
    expect(table.methodsFor('/v1xlimits')).toEqual([]);
  });
});
