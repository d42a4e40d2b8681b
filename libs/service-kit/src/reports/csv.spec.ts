import { toCsv } from './csv.js';

describe('CSV', () => {
  it('quotes what would break a line or a cell', () => {
    expect(toCsv(['name', 'value'], [{ name: 'a "b", c', value: 1.5 }])).toBe('name,value\r\n"a ""b"", c",1.5\r\n');
  });

  it('keeps a text from being taken for a formula, and leaves negative numbers alone', () => {
    expect(toCsv(['name', 'value'], [{ name: '=1+1', value: -0.25 }])).toBe("name,value\r\n'=1+1,-0.25\r\n");
  });

  it('leaves a missing value empty', () => {
    expect(toCsv(['a', 'b'], [{ a: null, b: 'x' }])).toBe('a,b\r\n,x\r\n');
  });

  it('has its header alone when there are no rows', () => {
    expect(toCsv(['a', 'b'], [])).toBe('a,b\r\n');
  });
});
