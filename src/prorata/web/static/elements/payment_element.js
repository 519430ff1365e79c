// Payment element: all the ways to pay in one, with those that the customer has saved.

import { glyph } from './brands.js';
import { tell } from './core.js';
import { build, checkbox, fill, validateAll } from './field.js';
import { formOf, hasForm, loadForms, methodName } from './payment_forms.js';
import { openSession } from './session.js';
import { termsOf } from './terms_text.js';
import { say } from './words.js';

const NEW = 'new';
const NOTHING_SAVED = { ids: [], has: () => false, get: () => undefined };

function layoutOf(options) {
  const said = typeof options.layout === 'string' ? { type: options.layout } : options.layout || {};
  return { ...said, type: said.type === 'accordion' ? 'accordion' : 'tabs' };
}

export class PaymentElement {
  constructor(context, changed) {
    this.context = context;
    this.changed = changed;
    this.root = build('div', { class: 'PaymentElement' });
    this.selected = undefined;
    this.forms = new Map();
  }

  // Draw what a session allows; what was typed in forms that stay is kept.
  async take(session) {
    this.session = session;
    const types = this.typesOf(session);
    if (!types.length) {
      // Where cards are left out because a live gateway has its own fields, that is the reason.
      const code = session.prorata.card_fields ? 'no_methods' : 'card_fields_of_gateway';
      throw { error: { type: 'invalid_request_error', code, message: say(code) } };
    }
    await Promise.all([loadForms(types), this.loadLayout()]);
    const isSame = this.types && this.types.join() === types.join();
    this.types = types;
    if (!isSame) {
      const change = () => this.onChange();
      const isTheirs = !session.prorata.card_fields && types.includes('card');
      const theirs = isTheirs ? await import('./gateway_form.js') : null;
      this.forms = new Map(types.map((type) => [type, theirs && type === 'card'
        ? theirs.gatewayForm(this.context, session, change) : formOf(type, this.context, change)]));
    }
    this.saved = session.customer?.payment_methods.length
      ? (await import('./saved.js')).savedList(this.context, session, {
        onSelect: (id) => this.choose(id), onGone: () => this.draw(),
      }) : NOTHING_SAVED;
    if (this.selected === undefined) this.selected = this.firstChoice();
    else if (!this.isChoice(this.selected)) this.selected = this.firstChoice();
    this.draw();
    tell('availablepaymentmethodschange', {
      paymentMethods: Object.fromEntries(types.map((type) => [type, { available: true }])),
    });
  }

  async loadLayout() {
    if (layoutOf(this.context.options).type !== 'accordion') return;
    this.accordion = (await import('./accordion.js')).accordion;
  }

  typesOf(session) {
    const known = session.payment_method_preference.ordered_payment_method_types
      .filter((type) => hasForm(type) && (type !== 'card' || session.prorata.card_fields
        || session.prorata.gateway_fields));
    const order = this.context.options.paymentMethodOrder || [];
    const wanted = order.filter((type) => known.includes(type));
    return [...wanted, ...known.filter((type) => !wanted.includes(type))];
  }

  isChoice(choice) {
    return this.types.includes(choice) || this.saved.has(choice) || choice === null;
  }

  firstChoice() {
    if (this.saved.ids.length) return this.saved.ids[0];
    const { type, defaultCollapsed } = layoutOf(this.context.options);
    return type === 'accordion' && defaultCollapsed ? null : this.types[0];
  }

  onChange() {
    this.changed();
    const form = this.forms.get(this.selected);
    const brand = form && form.brand ? form.brand() : null;
    if (brand !== null && brand !== this.toldBrand) {
      this.toldBrand = brand;
      tell('carddetailschange', {
        loading: false,
        details: { brands: brand === 'unknown' ? null : [brand], funding: null },
      });
    }
  }

  choose(choice) {
    if (choice === this.selected) return;
    this.selected = choice;
    this.draw();
    this.changed();
  }

  draw() {
    const layout = layoutOf(this.context.options);
    const focused = document.activeElement?.id;
    for (const form of this.forms.values()) form.place();
    const isNew = !this.saved.has(this.selected);
    const saved = this.saved.ids.length
      ? this.saved.draw(isNew ? NEW : this.selected, () => this.choose(this.types[0])) : null;
    const ways = layout.type === 'accordion' ? this.accordion(this, layout) : this.tabs();
    ways.hidden = !isNew;
    fill(this.root, [saved, ways, isNew ? this.extra() : null]);
    this.root.toggleAttribute('inert', Boolean(this.context.options.readOnly));
    if (focused) document.getElementById(focused)?.focus();
  }

  tabs() {
    const form = this.forms.get(this.selected);
    const panel = this.panel ||= build('div', { class: 'Panel', id: 'payment-panel' });
    const kept = [...this.forms.values()].map((each) => each.keep).filter(Boolean);
    for (const each of kept) each.hidden = each !== form?.keep;
    fill(panel, [...kept, form?.root]);
    this.box ||= build('div');
    if (this.types.length === 1 || !form) {
      fill(this.box, [panel]);
      return this.box;
    }
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', `${form.type}-tab`);
    const list = build('div', { class: 'Tabs', role: 'tablist', 'aria-label': say('ways_to_pay') });
    for (const type of this.types) {
      const isSelected = type === this.selected;
      const tab = build('button', {
        type: 'button', role: 'tab', id: `${type}-tab`, value: type, 'data-testid': type,
        class: `Tab${isSelected ? ' Tab--selected' : ''}`, 'aria-selected': String(isSelected),
        'aria-controls': 'payment-panel', tabindex: isSelected ? '0' : '-1',
      },
      build('span', { class: 'TabIcon', html: glyph(this.forms.get(type).glyph) }),
      build('span', { class: 'TabLabel' }, methodName(type)));
      tab.addEventListener('click', () => this.choose(type));
      list.append(tab);
    }
    list.addEventListener('keydown', (event) => this.walk(event));
    fill(this.box, [list, panel]);
    return this.box;
  }

  walk(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const place = this.types.indexOf(this.selected) + step;
    const next = this.types[(place + this.types.length) % this.types.length];
    this.choose(next);
    document.getElementById(`${next}-tab`)?.focus();
  }

  // Below the fields: whether to save, and what the payer agrees to.
  extra() {
    const features = this.session.customer?.features || {};
    const box = build('div', { class: 'Extra' });
    if (features.payment_method_save === 'enabled' && this.selected === 'card') {
      this.save ||= checkbox({
        name: 'save', label: say('save_details'), onChange: () => this.changed(),
      });
      box.append(this.save.root);
    }
    const terms = termsOf(this.selected, this.context, this.session, this.save?.isChecked);
    if (terms) box.append(build('p', { class: 'TermsText' }, terms));
    return box.childNodes.length ? box : null;
  }

  get form() { return this.forms.get(this.selected); }

  get fields() {
    return this.form ? this.form.fields.filter((each) => !each.root.hidden) : [];
  }

  state() {
    const base = { collapsed: this.selected === null };
    if (this.saved.has(this.selected)) {
      const method = this.saved.get(this.selected);
      const { id, type, billing_details: billing } = method;
      return {
        ...base, empty: false, complete: true,
        value: { type, payment_method: { id, type, billing_details: billing } },
      };
    }
    if (!this.form) return { ...base, empty: true, complete: false, value: { type: this.types[0] } };
    const typed = this.fields.filter((each) => each.input.tagName === 'INPUT');
    const value = { type: this.selected };
    if (this.save && this.selected === 'card') value.savePaymentMethod = this.save.isChecked;
    return {
      ...base,
      empty: this.form.theirs
        ? this.form.theirs.state.empty : typed.length > 0 && typed.every((each) => each.isEmpty),
      complete: this.fields.every((each) => each.isComplete)
        && (!this.form.theirs || this.form.theirs.state.complete),
      value,
    };
  }

  validate() {
    if (this.saved.has(this.selected)) return {};
    if (!this.form) {
      return { error: {
        type: 'validation_error', code: 'payment_method_not_chosen', message: say('choose_method'),
      } };
    }
    const error = this.form.check?.() || validateAll(this.fields);
    return error ? { error } : {};
  }

  // Before the fields are read to be used: what the gateway's own hold becomes a token.
  async prepare() {
    return this.saved.has(this.selected) || !this.form?.prepare ? {} : this.form.prepare();
  }

  read() {
    if (this.saved.has(this.selected)) {
      return { payment_method: this.selected, type: this.saved.get(this.selected).type };
    }
    const read = this.form.read();
    const features = this.session.customer?.features;
    if (!features || features.payment_method_save !== 'enabled') return read;
    const isSaved = Boolean(this.save?.isChecked);
    return {
      ...read,
      allow_redisplay: isSaved ? 'always' : 'limited',
      save: isSaved ? features.payment_method_save_usage || 'on_session' : undefined,
    };
  }

  focus() {
    if (this.form?.theirs) this.form.theirs.focus();
    else (this.fields[0]?.input || this.root.querySelector('input, button'))?.focus();
  }

  clear() {
    this.form?.theirs?.clear();
    for (const form of this.forms.values()) {
      for (const each of form.fields) if (each.input.tagName === 'INPUT') each.value = '';
    }
  }

  collapse() {
    if (layoutOf(this.context.options).type === 'accordion') this.choose(null);
  }

  async update() {
    await this.loadLayout();
    this.draw();
  }

  meet() { this.draw(); this.changed(); }

  reject(name, message) { this.form?.named[name]?.reject(message); }

  async refresh(context) {
    try {
      await this.take(await openSession(context));
      this.changed();
      return {};
    } catch (fault) {
      return { error: fault.error };
    }
  }

  regroup(context) { return this.refresh(context); }
}
