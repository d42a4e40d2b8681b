import { legsOf, scenariosOf } from './open-orders.js';

const trade = (instrumentId: string, quantityChange: string, strategy = 'Growth') => ({
  strategy,
  instrumentId,
  quantityChange,
});

describe('orders under way', () => {
  it('are taken apart by leaf and side, for a purchase may be done while a sale is not', () => {
    const legs = legsOf([trade('A', '10'), trade('A', '-4'), trade('A', '2.5'), trade('A', '1', 'Income')]);
    expect(legs).toEqual([[trade('A', '12.5')], [trade('A', '-4')], [trade('A', '1', 'Income')]]);
  });

  it('are all purchases and all sales when there are too many to look at one by one', () => {
    const many = Array.from({ length: 80 }, (_, index) => trade(`N${index}`, index % 2 === 0 ? '1' : '-1'));
    expect(legsOf(many).map((leg) => leg.length)).toEqual([40, 40]);
    expect(legsOf(many.slice(0, 64))).toHaveLength(64);
  });

  it('may be executed or not: none, all, and for each limit those that take headroom from it', () => {
    const [a, b] = [trade('A', '10'), trade('B', '-10')];
    const takes = (limit: string, leg: number) => (limit === 'cash' ? leg === 0 : leg === 1);
    expect(scenariosOf(['cash', 'beta'], [[a], [b]], takes)).toEqual([
      { done: [], concerned: ['cash', 'beta'] },
      { done: [a, b], concerned: ['cash', 'beta'] },
      { done: [a], concerned: ['cash'] },
      { done: [b], concerned: ['beta'] },
    ]);
    expect(scenariosOf(['cash'], [], takes)).toEqual([{ done: [], concerned: ['cash'] }]);
  });
});
