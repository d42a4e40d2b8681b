import { etagOf, parseIfMatch } from './etag.js';

describe('If-Match', () => {
  it('accepts the current version, and any with *', () => {
    expect(() => parseIfMatch('"3"').require(3)).not.toThrow();
    expect(() => parseIfMatch('"1", "3"').require(3)).not.toThrow();
    expect(() => parseIfMatch('*').require(3)).not.toThrow();
    expect(etagOf('a')).toBe('"a"');
  });

  it('refuses an old version and a weak tag', () => {
    expect(() => parseIfMatch('"2"').require(3)).toThrow('PRECONDITION_FAILED');
    expect(() => parseIfMatch('W/"3"').require(3)).toThrow('PRECONDITION_FAILED');
  });

  it('refuses what is no list of tags', () => {
    for (const header of ['3', '"3', '"3" "4"', '', 'W/3'])
      expect(() => parseIfMatch(header)).toThrow('VALIDATION_FAILED');
  });
});
