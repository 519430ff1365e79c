// Errors: what a page is told when it calls something wrongly, or something cannot be had here.

class IntegrationError extends Error {
  constructor(message) {
    super(message);
    this.name = 'IntegrationError';
  }
}

const refuseUnless = (condition, message) => {
  if (!condition) throw new IntegrationError(message);
};

const invalidRequest = (message, more) => ({ type: 'invalid_request_error', message, ...more });

const notSupported = (what) =>
  invalidRequest(`${what} is not supported by this server.`, { code: 'not_supported' });

const isObject = (value) => value !== null && typeof value === 'object';

const secretKeyMessage =
  'A secret key must never stand in a page: everybody can read it there. Give Stripe() your'
  + ' publishable key, which begins with pk_.';
