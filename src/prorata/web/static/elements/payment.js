// Payment: the payment element in a frame of its own.

import { run } from './core.js';
import { PaymentElement } from './payment_element.js';
import { openSession } from './session.js';

run(async (context, { changed }) => {
  const element = new PaymentElement(context, changed);
  await element.take(await openSession(context));
  return element;
});
