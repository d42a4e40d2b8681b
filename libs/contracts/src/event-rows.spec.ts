import { joinRows, mapRows, rowsOf } from './event-rows.js';

const data = {
  id: 'a',
  trees: [
    { measure: 'volatility', nodes: [1, 2, 3] },
    { measure: 'es', nodes: [4] },
  ],
  weights: [5, 6],
  active: { id: 'b', trees: [{ measure: 'var', nodes: [7] }] },
};
const paths = ['trees[].nodes', 'weights', 'active.trees[].nodes', 'active.weights'];

describe('arrays that may be cut', () => {
  it('are found in the order of the paths, those of each item one by one, absent ones not at all', () => {
    expect(rowsOf(data, paths)).toEqual([[1, 2, 3], [4], [5, 6], [7]]);
    expect(rowsOf({ ...data, active: undefined }, paths)).toEqual([[1, 2, 3], [4], [5, 6]]);
    expect(rowsOf('text', paths)).toEqual([]);
  });

  it('are replaced in a copy, all else left as it is', () => {
    const changed = mapRows(data, paths, (rows, number) => (number === 0 ? rows.slice(1) : []));
    expect(changed).toEqual({
      id: 'a',
      trees: [
        { measure: 'volatility', nodes: [2, 3] },
        { measure: 'es', nodes: [] },
      ],
      weights: [],
      active: { id: 'b', trees: [{ measure: 'var', nodes: [] }] },
    });
    expect(rowsOf(data, paths)[0]).toEqual([1, 2, 3]);
  });

  it('come out of their parts as they went in', () => {
    const part = (from: number, to: number) => mapRows(data, paths, (rows) => rows.slice(from, to));
    expect(joinRows([part(0, 1), part(1, 2), part(2, 9)], paths)).toEqual(data);
  });
});
