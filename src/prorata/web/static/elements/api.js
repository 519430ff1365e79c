// API: requests of a frame to our own server, with the publishable key of the page around it.

function encode(value, name = '') {
  const pairs = [];
  const add = (path, each) => {
    if (each === undefined) return;
    if (each === null) pairs.push([path, '']);
    else if (Array.isArray(each)) each.forEach((item, place) => add(`${path}[${place}]`, item));
    else if (typeof each === 'object') {
      for (const [key, item] of Object.entries(each)) add(path ? `${path}[${key}]` : key, item);
    } else pairs.push([path, String(each)]);
  };
  add(name, value);
  return new URLSearchParams(pairs).toString();
}

const TYPES = { 401: 'authentication_error', 429: 'rate_limit_error' };

// Return {body} or {error}; the error is the API's own object.
export async function ask(context, method, path, params = {}) {
  const headers = { authorization: `Bearer ${context.key}` };
  if (context.version) headers['stripe-version'] = context.version;
  if (context.account) headers['stripe-account'] = context.account;
  const text = encode(params);
  const request = { method, headers, credentials: 'omit', cache: 'no-store' };
  let address = path;
  if (method === 'GET') address += text ? `?${text}` : '';
  else {
    request.body = text;
    headers['content-type'] = 'application/x-www-form-urlencoded';
    headers['idempotency-key'] = crypto.randomUUID ? crypto.randomUUID() : randomKey();
  }
  for (let tries = 1; ; tries += 1) {
    try {
      const response = await fetch(address, request);
      if (response.status === 429 && tries < 4) {
        await new Promise((resolve) => { setTimeout(resolve, 250 * 2 ** tries); });
        continue;
      }
      const body = await response.json();
      if (response.ok) return { body };
      const error = body.error || { type: 'api_error', message: 'Something went wrong.' };
      return { error: { ...error, type: TYPES[response.status] || error.type } };
    } catch {
      if (tries < 3) continue;
      return { error: {
        type: 'api_connection_error',
        message: 'We are experiencing issues connecting to our payments provider. You have not'
          + ' been charged. Please check your internet connection and try again.',
      } };
    }
  }
}

function randomKey() {
  // Pages without https have no randomUUID.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) =>
    each.toString(16).padStart(2, '0')).join('');
}
