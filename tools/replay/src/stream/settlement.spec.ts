import { Settlement } from './settlement.js';

const prices = 'market-data.bars';
const snapshots = 'utilization.snapshots';
const feed = '/upstream/replay';

function answer(service: string, clockSequence: number, published = {}, settled = {}, instance = 'one') {
  return { service, instance, clockSequence, clockTime: '2020-03-09T21:00:00.000Z', published, settled };
}

function settlement(sent = {}, instancesOfLimits = 1) {
  return new Settlement(
    new Map([
      ['utilization', 1],
      ['limits', instancesOfLimits],
    ]),
    new Map([
      [prices, ['utilization', 'limits']],
      [snapshots, ['limits']],
    ]),
    [{ source: feed, published: () => sent }],
  );
}

describe('Settlement', () => {
  it('waits until every service has answered the newest clock', () => {
    const state = settlement();
    state.record(answer('utilization', 2));
    state.record(answer('limits', 1));
    expect(state.outstanding(2)).toEqual(['limits has reached clock 1 of 2']);
  });

  it('waits for every reader of what the replay has sent', () => {
    const state = settlement({ [prices]: 3 });
    state.record(answer('utilization', 1, {}, { [prices]: { [feed]: 3 } }));
    state.record(answer('limits', 1, {}, { [prices]: { [feed]: 2 } }));
    expect(state.outstanding(1)).toEqual([`limits has settled 2 of 3 from ${feed} on ${prices}`]);
  });

  it('waits for what a service has published in answer', () => {
    const state = settlement();
    state.record(answer('utilization', 1, { [snapshots]: 1 }));
    state.record(answer('limits', 1));
    expect(state.outstanding(1)).toHaveLength(1);
    expect(state.isSettled(1)).toBe(false);
    state.record(answer('limits', 1, {}, { [snapshots]: { '/risk-budget/utilization': 1 } }));
    expect(state.outstanding(1)).toEqual([]);
    expect(state.isSettled(1)).toBe(true);
  });

  it('does not take an old number of the publisher for an empty channel', () => {
    const state = settlement();
    state.record(answer('utilization', 1, { [snapshots]: 1 }));
    state.record(answer('limits', 1, {}, { [snapshots]: { '/risk-budget/utilization': 2 } }));
    expect(state.outstanding(1)).toHaveLength(1);
  });

  it('waits until as many instances have answered as there are, whoever has been killed meanwhile', () => {
    const state = settlement({}, 2);
    state.record(answer('utilization', 3));
    state.record(answer('limits', 3));
    state.record(answer('limits', 2, {}, {}, 'killed'));
    expect(state.outstanding(3)).toEqual(['limits has reached clock 2 of 3']);
    state.record(answer('limits', 3, {}, {}, 'its successor'));
    expect(state.isSettled(3)).toBe(true);
  });

  it('is not misled by an answer that another instance has read before and that comes behind', () => {
    const state = settlement({ [prices]: 3 }, 2);
    state.record(answer('utilization', 1, {}, { [prices]: { [feed]: 3 } }));
    state.record(answer('limits', 1, {}, { [prices]: { [feed]: 3 } }));
    state.record(answer('limits', 1, {}, { [prices]: { [feed]: 1 } }, 'two'));
    expect(state.outstanding(1)).toEqual([]);
  });
});
