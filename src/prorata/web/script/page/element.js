// Element: a field, or several, that the page puts where it likes and hears of what happens in.

const WRAPPER = {
  'margin': '0', 'padding': '0', 'border': 'none', 'display': 'block', 'background': 'transparent',
  'position': 'relative', 'opacity': '1', 'clear': 'both',
};
const CLASSES = {
  base: 'StripeElement', complete: 'StripeElement--complete', empty: 'StripeElement--empty',
  focus: 'StripeElement--focus', invalid: 'StripeElement--invalid',
  webkitAutofill: 'StripeElement--webkit-autofill',
};
// What can be sent to a frame: values, no functions and no nodes.
const plain = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

class ElementImplementation {
  constructor(group, type, options) {
    this.group = group;
    this.type = type;
    this.options = { ...options };
    this.listeners = new Listeners();
    this.state = { empty: true, complete: false };
    this.frame = null;
    this.container = null;
    this.destroyed = false;
  }

  mount(target) {
    refuseUnless(!this.destroyed, 'This Element has been destroyed. Create a new one.');
    refuseUnless(target, 'Missing argument. Say where to mount: a CSS selector or a DOM node.');
    const container = typeof target === 'string' ? document.querySelector(target) : target;
    refuseUnless(container, `The selector you specified (${target}) applies to no DOM elements that`
      + ' are currently on the page. Make sure the element exists before calling mount().');
    refuseUnless(container.appendChild, 'Invalid DOM element. Call mount() with a valid DOM element'
      + ' or selector.');
    if (this.container === container) return;
    this.unmount();
    if (container.childNodes.length) {
      console.warn('This Element will be mounted to a DOM element that contains child nodes.');
      container.replaceChildren();
    }
    this.container = container;
    this.frame = new Frame(this.type, {
      title: ELEMENTS[this.type].title,
      locale: this.group.locale,
      init: () => this.context(),
      hear: (type, detail) => this.hear(type, detail),
    });
    // Room for shadows around fields that have a box of their own.
    if (!ELEMENTS[this.type].legacy) styleFrame(this.frame.iframe, ROOMY);
    this.group.controller();
    this.wrapper = document.createElement('div');
    this.wrapper.className = '__PrivateStripeElement';
    styleFrame(this.wrapper, WRAPPER);
    this.wrapper.appendChild(this.frame.iframe);
    container.appendChild(this.wrapper);
    this.labels = this.labelsOf(container);
    for (const label of this.labels) label.addEventListener('click', this.onLabel);
    this.group.tellSiblings();
    this.showState();
  }

  onLabel = (event) => {
    event.preventDefault();
    this.focus();
  };

  labelsOf(container) {
    const around = container.closest('label');
    const named = container.id
      ? Array.from(document.querySelectorAll('label')).filter((each) => each.htmlFor === container.id)
      : [];
    return around ? [around, ...named] : named;
  }

  async context() {
    return {
      ...await this.group.context(),
      type: this.type,
      options: plain(this.options),
      siblings: this.group.siblings(this),
    };
  }

  hear(type, detail) {
    if (type === 'height') this.fit(detail.height);
    else if (type === 'change') this.changed(detail);
    else if (type === 'state') this.setState(detail);
    else if (type === 'wallet') openWallet(this, detail);
    else if (type === 'promotion') this.promote(detail);
    else if (type === 'enter') this.container.closest('form')?.requestSubmit();
    else if (type === 'confirm') this.listeners.tell('confirm', detail);
    else this.tell(type, detail);
  }

  // A code that was typed into a checkout's form.
  async promote({ code }) {
    const { error } = await this.group.checkout.change({ promotion_code: code }, 'invalidCode');
    this.frame?.send('promoted', error ? { error: error.message } : {});
  }

  tell(event, detail) {
    const elementType = this.type === 'paymentForm' ? 'checkoutForm' : this.type;
    this.listeners.tell(event, { elementType, ...detail });
  }

  fit(height) {
    this.frame.iframe.style.setProperty('height', `${height}px`, 'important');
    this.frame.iframe.style.setProperty('opacity', '1', 'important');
  }

  changed(detail) {
    this.setState(detail);
    this.group.changed(this);
    this.tell('change', detail);
  }

  setState(detail) {
    this.state = { ...this.state, ...detail };
    this.showState();
  }

  showState() {
    if (!this.container) return;
    const names = { ...CLASSES, ...this.options.classes };
    const shown = {
      base: true,
      complete: this.state.complete,
      empty: this.state.empty,
      focus: this.state.focused,
      invalid: Boolean(this.state.error),
      webkitAutofill: this.state.autofilled,
    };
    for (const [state, isShown] of Object.entries(shown)) {
      for (const name of names[state].split(/\s+/).filter(Boolean)) {
        this.container.classList.toggle(name, Boolean(isShown));
      }
    }
  }

  update(options) {
    refuseUnless(!this.destroyed, 'This Element has been destroyed and can no longer be updated.');
    nameElementOptions(this.type, options);
    this.options = { ...this.options, ...options };
    if (this.frame) this.frame.send('update', plain(this.options));
    this.showState();
  }

  unmount() {
    if (!this.container) return;
    for (const label of this.labels) label.removeEventListener('click', this.onLabel);
    const names = { ...CLASSES, ...this.options.classes };
    for (const name of Object.values(names).flatMap((each) => each.split(/\s+/))) {
      if (name) this.container.classList.remove(name);
    }
    this.frame.remove();
    this.wrapper.remove();
    this.frame = this.container = null;
    this.state = { empty: true, complete: false };
    this.group.tellSiblings();
  }

  destroy() {
    refuseUnless(!this.destroyed, 'This Element has already been destroyed.');
    this.unmount();
    this.destroyed = true;
    this.listeners.clear();
    this.group.forget(this);
  }

  focus() {
    // The frame's window first: a script inside may move the focus only where it already is.
    if (!this.frame) return;
    this.frame.iframe.focus();
    this.frame.send('focus');
  }

  async value() {
    const { value, complete, isNewAddress, ...more } = this.frame
      ? await this.frame.call('value') : this.state;
    return isNewAddress === undefined
      ? { elementType: this.type, value, complete, ...more } : { complete, isNewAddress, value };
  }
}

// What an object of the page stands for, by the function in its `_itself`: frameworks hand objects
// out in wrappings of their own (Vue's ref() does), in which a function stays the same.
const standsFor = new WeakMap();
const behind = (object) => (isObject(object) ? standsFor.get(object._itself) : undefined);
const standFor = (object, inner) => {
  object._itself = () => {};
  standsFor.set(object._itself, inner);
};

const isElement = (value) => behind(value) instanceof ElementImplementation;
const implementationOf = (element) => {
  refuseUnless(isElement(element), 'This is no Element: create one with elements.create().');
  return behind(element);
};

// What the page holds: it can do what an Element offers, and sees nothing of how it is done.
class Element {
  constructor(group, type, options) {
    standFor(this, new ElementImplementation(group, type, options));
  }

  mount(target) { implementationOf(this).mount(target); }
  unmount() { implementationOf(this).unmount(); }
  destroy() { implementationOf(this).destroy(); }
  focus() { implementationOf(this).focus(); }

  blur() {
    const { frame } = implementationOf(this);
    if (frame) frame.send('blur');
  }

  clear() {
    const { frame } = implementationOf(this);
    if (frame) frame.send('clear');
  }

  update(options) {
    implementationOf(this).update(options);
    return this;
  }

  on(event, handler) {
    const element = implementationOf(this);
    element.listeners.on(event, handler);
    return this;
  }

  addEventListener(event, handler) { return this.on(event, handler); }

  once(event, handler) {
    implementationOf(this).listeners.once(event, handler);
    return this;
  }

  off(event, handler) {
    implementationOf(this).listeners.off(event, handler);
    return this;
  }

  removeEventListener(event, handler) { return this.off(event, handler); }
}

class PaymentElement extends Element {
  collapse() {
    const { frame } = implementationOf(this);
    if (frame) frame.send('collapse');
    return this;
  }
}

class ValueElement extends Element {
  getValue() { return implementationOf(this).value(); }
}

const ELEMENT_CLASSES = {
  payment: PaymentElement, address: ValueElement, shippingAddress: ValueElement,
  taxId: ValueElement, paymentForm: ValueElement,
};
const newElement = (group, type, options) => {
  const element = new (ELEMENT_CLASSES[type] || Element)(group, type, options);
  Object.defineProperties(element, {
    _elementType: { value: type },
    _componentMode: { value: type },
  });
  return element;
};
