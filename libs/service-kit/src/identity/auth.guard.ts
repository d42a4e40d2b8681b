import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KitError } from '../errors/kit-error.js';
import type { RateLimiter } from '../http/rate-limiter.js';
import { publicKey, rolesKey } from './identity.decorators.js';
import type { Role } from './principal.js';
import { setPrincipal } from './request-principal.js';
import type { TokenVerifier } from './token-verifier.js';

/** Lets a request through when its route is public, or when its token is good and holds one of the route's roles; and not too often. */
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly limiter: RateLimiter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(publicKey, targets) === true) {
      this.limiter.take(`ip:${request.ip}`, reply);
      return true;
    }
    // A client without a good token is limited by its address, so that guessing tokens is limited too.
    const principal = await this.tokens.verify(request.headers.authorization).catch((error: unknown) => {
      this.limiter.take(`ip:${request.ip}`, reply);
      throw error;
    });
    setPrincipal(request, principal);
    this.limiter.take(`subject:${principal.issuer}|${principal.subject}`, reply);
    const allowed = this.reflector.getAllAndOverride<readonly Role[] | undefined>(rolesKey, targets) ?? [];
    if (!allowed.some((role) => principal.has(role))) {
      throw new KitError('ROLE_REQUIRED', { detail: `This route needs one of the roles ${allowed.join(', ')}.` });
    }
    return true;
  }
}
