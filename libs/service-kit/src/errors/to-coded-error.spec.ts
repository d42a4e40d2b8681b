import {
  BadGatewayException,
  NotFoundException,
  PayloadTooLargeException,
  UnprocessableEntityException,
} from '@nestjs/common';
import { ConflictError } from '@risk-budget/contracts';
import { PersistenceError } from '@risk-budget/persistence';
import { problemHeaders, problemOf } from './problem.js';
import { toCodedError } from './to-coded-error.js';

const databaseError = (code: string): Error => Object.assign(new Error('database'), { driverError: { code } });

describe('errors become answers', () => {
  it.each([
    [new ConflictError('LIMITS.OVERLAP', 'overlaps'), 409, 'LIMITS.OVERLAP'],
    [new NotFoundException('nothing'), 404, 'NOT_FOUND'],
    [new PayloadTooLargeException(), 413, 'BODY_TOO_LARGE'],
    [new UnprocessableEntityException('odd'), 422, 'HTTP_422'],
    [new BadGatewayException('inner'), 500, 'INTERNAL'],
    [
      Object.assign(new Error('x'), { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 }),
      415,
      'MEDIA_TYPE_UNSUPPORTED',
    ],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 503, 'INFRASTRUCTURE_UNAVAILABLE'],
    [databaseError('57P01'), 503, 'INFRASTRUCTURE_UNAVAILABLE'],
    [databaseError('22021'), 400, 'INPUT_REFUSED'],
    [databaseError('22003'), 400, 'INPUT_REFUSED'],
    [databaseError('23505'), 409, 'ALREADY_EXISTS'],
    [databaseError('23503'), 500, 'INTERNAL'],
    [new PersistenceError('PERSISTENCE.BAD_DECIMAL', 'no decimal', { status: 400 }), 400, 'PERSISTENCE.BAD_DECIMAL'],
    [new Error('secret detail'), 500, 'INTERNAL'],
    ['a text', 500, 'INTERNAL'],
    [undefined, 500, 'INTERNAL'],
  ])('%s', (error, status, code) => {
    expect(toCodedError(error)).toMatchObject({ status, code });
  });

  it('tell nothing of their cause, and say when to try again', () => {
    const coded = toCodedError(new Error('password is hunter2'));
    expect(JSON.stringify(problemOf(coded, '/v1/x', 'c'))).not.toContain('hunter2');
    expect(problemHeaders(toCodedError(databaseError('57P03')))).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '2',
    });
  });
});
