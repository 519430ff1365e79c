// Gateway form: the gateway's own card fields in the payment element, and beside them what we ask.

import { ask } from './api.js';
import { tell } from './core.js';
import { build, textField } from './field.js';
import { gatewayFields } from './gateway_fields.js';
import { asked, details, isShown, nameField, placeFields } from './payment_forms.js';
import { say } from './words.js';

// Keep a token of the gateway's fields for one use: {body} is a card token, or {error}.
export async function takeToken(context, fields, billing) {
  const { token, error } = await fields.tokenize(billing);
  if (error) {
    return { error: { type: 'card_error', ...error, message: error.message || say('incomplete_number') } };
  }
  return ask(context, 'POST', '/v1/prorata/tokens', { token, billing_details: billing });
}

// The frame with the fields, and what is wrong with them below it: {keep, theirs, check, say}.
export function gatewayCard(context, session, layout, onChange) {
  const message = build('p', { class: 'Error', role: 'alert', hidden: true });
  const sample = textField({ name: 'sample', scope: 'gateway', label: '' }).root;
  const show = (text) => {
    message.textContent = text || '';
    message.hidden = !text;
  };
  const theirs = gatewayFields({
    livemode: session.livemode, locale: context.locale, layout, title: say('card_details'),
    sample: () => sample.querySelector('input'),
    onChange: (state) => {
      show(state.error?.message);
      onChange(state);
    },
  });
  sample.hidden = true;
  const keep = build('div', { class: 'GatewayCard' }, sample, theirs.root, message);
  theirs.ready.catch(() => {
    const error = { type: 'api_connection_error', message: say('gateway_fields_failed') };
    show(error.message);
    tell('loaderror', { error });
  });
  return {
    keep, theirs, show,
    check() {
      if (theirs.check()) return null;
      const { code, message: text } = theirs.state.error || {};
      show(text || say('incomplete_number'));
      theirs.focus();
      return {
        type: 'validation_error', code: code || 'incomplete_number',
        message: text || say('incomplete_number'),
      };
    },
  };
}

// The card element, in one line.
export function gatewayLine(context, session, changed) {
  let token;
  const card = gatewayCard(context, session, 'line', () => changed());
  return {
    root: card.keep,
    state: () => {
      const { empty, complete, error, brand = 'unknown' } = card.theirs.state;
      return {
        empty, complete, brand, value: { postalCode: '' },
        error: error && { type: 'validation_error', code: error.code, message: error.message },
      };
    },
    validate: () => {
      const error = card.check();
      return error ? { error } : {};
    },
    async prepare(billing) {
      const { body, error } = await takeToken(context, card.theirs, billing);
      token = body;
      return error ? { error } : { token };
    },
    read() {
      const read = { type: 'card', card: token ? { token: token.id } : {} };
      token = undefined;
      return read;
    },
    focus: () => card.theirs.focus(),
    clear: () => card.theirs.clear(),
    update: (next) => { context.options = next; },
    reject: (name, text) => card.show(text),
  };
}

export function gatewayForm(context, session, onChange) {
  let token;
  const card = gatewayCard(context, session, 'rows', () => onChange());
  const name = isShown(asked(context, 'card').name, false)
    ? nameField(context, 'name_on_card', onChange) : null;
  const { country, postalCode, place } = placeFields(context, onChange);
  const billing = () => details(context, { name, country, postalCode });
  return {
    ...card, type: 'card', glyph: 'card', place,
    fields: [...(name ? [name] : []), country, postalCode],
    root: build('div', { class: 'Grid Grid--card' }, ...(name ? [name.root] : []), country.root,
      postalCode.root),
    brand: () => card.theirs.state.brand || 'unknown',
    async prepare() {
      const { body, error } = await takeToken(context, card.theirs, billing());
      if (error) card.show(error.message);
      token = body;
      return error ? { error } : { token };
    },
    read() {
      const read = { type: 'card', card: token ? { token: token.id } : {}, billing_details: billing() };
      token = undefined;
      return read;
    },
    named: Object.fromEntries(['number', 'expiry', 'cvc', 'postal'].map((each) =>
      [each, { reject: (text) => card.show(text) }])),
  };
}
