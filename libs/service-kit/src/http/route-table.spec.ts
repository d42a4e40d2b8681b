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

  it('knows no methods of an unknown path', () => {
    expect(table.methodsFor('/v1/limits/L1/x')).toEqual([]);
    expect(table.methodsFor('/v1/limits/')).toEqual([]);
    expect(table.methodsFor('/v1xlimits')).toEqual([]);
  });
});
