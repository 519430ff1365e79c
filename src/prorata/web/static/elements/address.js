// Address: the address element in a frame of its own.

import { AddressElement } from './address_element.js';
import { run } from './core.js';
import { learnMore } from './words.js';

run(async (context, { changed }) => {
  await learnMore();
  return new AddressElement(context, changed);
});
