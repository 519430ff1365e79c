// Address element: where somebody lives or where goods are sent, as their country writes it.

import { checkPhone } from './contact_rules.js';
import { build, checkbox, fill, selectField, textField, validateAll } from './field.js';
import { countryChoices, likelyCountry } from './countries.js';
import { formOf, labelOf, statesOf } from './places.js';
import { say } from './words.js';

// What the parts are called by browsers and by those who look for the fields.
const PARTS = {
  line1: { name: 'addressLine1', autocomplete: 'address-line1' },
  line2: { name: 'addressLine2', autocomplete: 'address-line2' },
  city: { name: 'locality', autocomplete: 'address-level2' },
  state: { name: 'administrativeArea', autocomplete: 'address-level1' },
  postalCode: { name: 'postalCode', autocomplete: 'postal-code' },
};
const KEYS = { postalCode: 'postal_code' };
const PO_BOX = /\b(p\.?\s*o\.?\s*box|post\s*office\s*box|postfach|apartado|bo[iî]te\s*postale)\b/i;
const CODES = { US: /^\d{5}(-\d{4})?$/, CA: /^[A-Z]\d[A-Z]\s?\d[A-Z]\d$/i,
  GB: /^[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}$/i, DE: /^\d{5}$/, FR: /^\d{5}$/, IT: /^\d{5}$/,
  ES: /^\d{5}$/, AT: /^\d{4}$/, CH: /^\d{4}$/, BE: /^\d{4}$/, AU: /^\d{4}$/, NL: /^\d{4}\s?[A-Z]{2}$/i,
  JP: /^\d{3}-?\d{4}$/, PT: /^\d{4}-?\d{3}$/ };

export class AddressElement {
  constructor(context, changed) {
    this.context = context;
    this.onChange = () => { changed(); this.tellOther(); };
    this.mode = context.options.mode || 'shipping';
    this.typed = {};
    this.root = build('div', { class: 'Stack' });
    this.grid = build('div', { class: 'Grid' });
    this.chosen = (context.options.contacts || []).length ? 0 : null;
    // What the page knows of this very address counts for more than the other one.
    this.isSame = this.chosen === null && !context.options.defaultValues?.address;
    this.make();
    this.draw();
  }

  get options() { return this.context.options; }

  get autocomplete() { return this.mode === 'billing' ? 'billing' : 'shipping'; }

  make() {
    const known = this.options.defaultValues || {};
    const names = this.options.display?.name;
    const onChange = () => this.onChange();
    const text = (name, label, autocomplete, value, more) => textField({
      name, label, scope: this.mode, autocomplete: `${this.autocomplete} ${autocomplete}`, value,
      onChange, spellcheck: false, ...more,
    });
    this.names = this.options.fields?.name === 'never' ? [] : names === 'split' ? [
      text('firstName', say('firstName'), 'given-name', known.firstName),
      text('lastName', say('lastName'), 'family-name', known.lastName),
    ] : [text('name', say(names === 'organization' ? 'organization' : 'name'),
      names === 'organization' ? 'organization' : 'name', known.name)];
    for (const each of this.names) if (this.names.length > 1) each.root.classList.add('is-half');
    const choices = countryChoices(this.options.allowedCountries);
    const wanted = known.address?.country || likelyCountry(this.context.locale);
    this.country = selectField({
      name: 'country', label: say('country'), scope: this.mode, choices,
      autocomplete: `${this.autocomplete} country`,
      value: choices.some(([code]) => code === wanted) ? wanted : choices[0]?.[0],
      onChange: () => { this.keep(); this.place(); onChange(); },
    });
    for (const [key, value] of Object.entries(known.address || {})) if (value) this.typed[key] = value;
    const isRequired = this.options.validation?.phone?.required === 'always'
      || this.options.validation?.phone?.required === undefined;
    this.phone = this.options.fields?.phone === 'always' ? textField({
      name: 'phone', label: isRequired ? say('phone') : say('optional', { field: say('phone') }),
      scope: this.mode, type: 'tel', inputmode: 'tel', autocomplete: `${this.autocomplete} tel`,
      value: known.phone || '', check: checkPhone, isRequired, onChange,
    }) : null;
    this.place();
  }

  // Remember what was typed when the parts change with the country.
  keep() {
    for (const [part, field] of Object.entries(this.parts || {})) {
      this.typed[KEYS[part] || part] = field.value;
    }
  }

  place() {
    const country = this.country.value;
    this.parts = {};
    const shown = [];
    for (const { name: part, isRequired } of formOf(country)) {
      const field = this.part(part, country, isRequired);
      this.parts[part] = field;
      shown.push(field.root);
      if (['city', 'state', 'postalCode'].includes(part)) field.root.classList.add('is-half');
    }
    const halves = shown.filter((each) => each.classList.contains('is-half'));
    // One that would stand beside nothing takes the line.
    if (halves.length % 2) halves[0].classList.remove('is-half');
    this.grid.replaceChildren(...this.names.map((each) => each.root), this.country.root, ...shown,
      ...(this.phone ? [this.phone.root] : []));
  }

  part(part, country, isRequired) {
    const { name, autocomplete } = PARTS[part];
    const label = labelOf(part, country);
    const common = {
      name, scope: this.mode, autocomplete: `${this.autocomplete} ${autocomplete}`,
      label: isRequired ? label : say('optional', { field: label }), isRequired,
      value: this.typed[KEYS[part] || part] || '', onChange: () => this.onChange(),
    };
    const states = part === 'state' ? statesOf(country) : [];
    if (states.length) {
      return selectField({ ...common, choices: [['', ''], ...states] });
    }
    const check = (text) => {
      if (!text.trim()) return isRequired ? 'incomplete' : null;
      if (part === 'postalCode' && CODES[country] && !CODES[country].test(text.trim())) {
        return 'incomplete_zip';
      }
      if (part === 'line1' && this.options.blockPoBox && PO_BOX.test(text)) return 'po_box';
      return null;
    };
    return textField({ ...common, check });
  }

  // The other address of the page: in a sister frame, or beside this one in a form.
  get other() {
    if (this.partner) return this.partner;
    const found = (this.context.siblings || []).find(({ type, mode = 'shipping' }) =>
      ['address', 'shippingAddress'].includes(type) && mode !== this.mode);
    try {
      return found ? window.parent.frames[found.name].prorataElement : undefined;
    } catch {
      return undefined;
    }
  }

  // The other one, if this may be the same.
  get likeness() {
    const other = this.context.sync === this.mode ? this.other : undefined;
    const country = other?.where?.address.country;
    const allowed = this.options.allowedCountries;
    return country && (!allowed || allowed.includes(country)) ? other : undefined;
  }

  get copied() { return this.isSame ? this.likeness : undefined; }

  opened() { this.tellOther(); }

  // Whoever copies this address hears of it.
  tellOther() { this.other?.follow?.(); }

  follow() {
    if (this.context.sync !== this.mode) return;
    if (this.drawn !== [Boolean(this.likeness), Boolean(this.copied)].join()) this.draw();
    this.onChange();
  }

  meet() { this.draw(); this.onChange(); }

  sameBox() {
    this.box ||= checkbox({
      name: 'same', isChecked: this.isSame,
      label: say(this.mode === 'billing' ? 'same_as_shipping' : 'same_as_billing'),
      onChange: (isSame) => { this.isSame = isSame; this.draw(); this.onChange(); },
    });
    return this.box.root;
  }

  draw() {
    this.drawn = [Boolean(this.likeness), Boolean(this.copied)].join();
    const contacts = this.options.contacts || [];
    const children = this.likeness ? [this.sameBox()] : [];
    if (this.copied) {
      fill(this.root, [...children, this.phone?.root]);
      return;
    }
    if (this.phone && !this.grid.contains(this.phone.root)) this.grid.append(this.phone.root);
    if (contacts.length) children.push(this.contactList(contacts));
    if (this.chosen === null) children.push(this.grid);
    fill(this.root, children);
  }

  contactList(contacts) {
    const row = (place, title, line) => {
      const id = `contact-${place}`;
      const input = build('input', { type: 'radio', name: 'contact', id, class: 'RadioIcon' });
      input.checked = this.chosen === place;
      input.addEventListener('change', () => {
        this.chosen = place;
        this.draw();
        this.onChange();
        document.getElementById(id)?.focus();
      });
      return build('div', {
        class: `AccordionItem${input.checked ? ' AccordionItem--selected' : ''}`,
      }, build('label', { class: 'AccordionItem-head', for: id }, input,
        build('span', { class: 'AccordionItemLabel' }, title),
        line ? build('span', { class: 'Quiet' }, line) : null));
    };
    return build('div', { class: 'Accordion', role: 'radiogroup', 'aria-label': say('saved_addresses') },
      ...contacts.map((each, place) => row(place, each.name,
        [each.address.line1, each.address.city].filter(Boolean).join(', '))),
      row(null, say('new_address')));
  }

  get fields() {
    if (this.copied) return this.phone ? [this.phone] : [];
    if (this.chosen !== null) return [];
    return [...this.names, this.country, ...Object.values(this.parts),
      ...(this.phone ? [this.phone] : [])];
  }

  get where() {
    if (this.copied) {
      const { phone, ...where } = this.copied.where;
      return { ...where, ...(this.phone ? { phone: this.phone.value } : phone ? { phone } : {}) };
    }
    if (this.chosen !== null) {
      const { name, phone, address } = this.options.contacts[this.chosen];
      return { name, address: { line2: null, ...address }, ...(phone ? { phone } : {}) };
    }
    const [first, last] = this.names;
    const value = last ? {
      name: [first.value, last.value].filter(Boolean).join(' '),
      firstName: first.value, lastName: last.value,
    } : { name: first ? first.value : '' };
    const part = (name) => this.parts[name]?.value || '';
    value.address = {
      line1: part('line1'), line2: part('line2') || null, city: part('city'), state: part('state'),
      postal_code: part('postalCode'), country: this.country.value,
    };
    if (this.phone && this.phone.value) value.phone = this.phone.value;
    return value;
  }

  state() {
    const copied = this.copied?.state();
    const isComplete = this.fields.every((each) => each.isComplete);
    if (copied) {
      return {
        elementMode: this.mode, empty: copied.empty, complete: copied.complete && isComplete,
        isNewAddress: copied.isNewAddress, value: this.where,
      };
    }
    return {
      elementMode: this.mode,
      empty: this.fields.filter((each) => each.input.tagName === 'INPUT')
        .every((each) => each.isEmpty) && this.chosen === null,
      complete: isComplete,
      isNewAddress: this.chosen === null,
      value: this.where,
    };
  }

  validate() {
    const error = validateAll(this.fields);
    return error ? { error } : {};
  }

  read() {
    const { name, phone, address } = this.where;
    return { mode: this.mode, name, address, ...(phone ? { phone } : {}) };
  }

  clear() {
    this.typed = {};
    for (const each of this.fields) if (each.input.tagName === 'INPUT') each.value = '';
  }

  update(options) {
    this.keep();
    const before = { ...this.where };
    this.context.options = options;
    this.make();
    if (this.names[0] && !this.names[0].value) this.names[0].value = before.name || '';
    this.draw();
  }
}
