import type { Received } from '../request/01-transport/received.ts';
import type { SurfaceHandler } from '../request/walk.ts';
import { accountHandler, asksForAccount } from './account/account.ts';
import { authorizeHandler } from './authorize.ts';
import { pinHandler } from './pin-page.ts';
import { type PublicPages, pagesHandler } from './public-pages.ts';

/** Which of the pages answers a request that is neither for the API nor for an endpoint of OAuth that programs call. */
export function createPageHandlers(parts: PublicPages): (received: Received) => SurfaceHandler {
  const pages = pagesHandler(parts);
  return (received) => {
    const [first, second] = received.segments;
    if (first === 'oauth2') {
      const rest = received.segments.slice(second === 'v0' ? 2 : 1);
      return rest.length === 1 ? authorizeHandler : pinHandler;
    }
    return asksForAccount(received) ? accountHandler : pages;
  };
}
