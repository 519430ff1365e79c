// Address: the address element in a frame of its own.

import { AddressElement } from './address_element.js';
import { run } from './core.js';

run((context, { changed }) => new AddressElement(context, changed));
