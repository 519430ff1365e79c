// Core: what every frame does: it hears the page around it, draws, and tells what happens inside.

import { dress, loadFonts } from './look.js';
import { learn } from './words.js';

const name = window.name;
let origin = null;
let context = null;
let element = null;
let last = '';

export function tell(type, detail) {
  post({ type, detail });
}

function post(message) {
  // The page's origin is known from its first message; a page without one can only be named so.
  const target = origin === 'null' ? '*' : origin;
  window.parent.postMessage({ prorata: true, frame: name, ...message }, target);
}

// Let a frame live: `draw` makes the element of a context; it may take its time, or throw {error}.
export function run(draw) {
  window.addEventListener('message', (event) => {
    const message = event.data;
    if (event.source !== window.parent || !message || message.prorata !== true) return;
    if (message.type === 'init') {
      if (context) return;
      origin = event.origin;
      begin(draw, message.detail);
    } else if (context && event.origin === origin) hear(message);
  });
  if (window.parent !== window) {
    window.parent.postMessage({ prorata: true, frame: name, type: 'loaded' }, '*');
  }
}

const early = [];

async function begin(draw, detail) {
  context = detail;
  const words = learn();
  await words;
  dress(context);
  loadFonts(context.fonts);
  if (context.loader !== 'never') tell('loaderstart', {});
  const skeleton = showSkeleton();
  watchHeight();
  try {
    element = await draw(context, { changed, tell });
  } catch (fault) {
    skeleton.remove();
    const error = fault.error || { type: 'api_error', message: String(fault.message || fault) };
    showProblem(error.message);
    tell('loaderror', { error });
    element = broken(error);
  }
  skeleton.remove();
  dress(context, element.rules?.());
  window.prorataElement = element;
  if (element.root) document.body.append(element.root);
  listen();
  report();
  element.opened?.();
  last = JSON.stringify(element.state());
  for (const message of early.splice(0)) hear(message);
  if (!element.isBroken) tell('ready', element.readiness ? element.readiness() : {});
}

function broken(error) {
  return {
    isBroken: true, state: () => ({ empty: true, complete: false }),
    validate: () => ({ error }), read: () => ({}),
  };
}

function showSkeleton() {
  const box = document.createElement('div');
  box.className = 'skeleton';
  box.setAttribute('aria-hidden', 'true');
  for (let place = 0; place < (context.type === 'payment' ? 3 : 1); place += 1) {
    box.append(document.createElement('i'));
  }
  if (context.loader !== 'never') document.body.append(box);
  return box;
}

function showProblem(message) {
  const box = document.createElement('p');
  box.className = 'Error Error--block';
  box.setAttribute('role', 'alert');
  box.textContent = message;
  document.body.append(box);
}

const HEARD = {
  update: (options) => {
    context.options = options;
    element.update?.(options);
    dress(context, element.rules?.());
    changed();
  },
  group: async (next) => {
    Object.assign(context, next);
    dress(context, element.rules?.());
    loadFonts(context.fonts);
    const answer = await element.regroup?.(context);
    report();
    return answer || {};
  },
  refresh: async (next) => {
    Object.assign(context, next || {});
    return (await element.refresh?.(context)) || {};
  },
  siblings: (siblings) => {
    // Drawing anew takes the caret for a moment: only for news.
    if (JSON.stringify(siblings) === JSON.stringify(context.siblings)) return;
    context.siblings = siblings;
    element.meet?.(siblings);
    report();
  },
  focus: () => (element.focus ? element.focus() : firstField()?.focus()),
  blur: () => document.activeElement?.blur(),
  clear: () => { element.clear?.(); changed(); },
  collapse: () => element.collapse?.(),
  value: () => ({ ...element.state(), ...(element.value ? element.value() : {}) }),
};

async function hear(message) {
  if (!element) {
    early.push(message);
    return;
  }
  const handler = HEARD[message.type] || element.hears?.[message.type];
  const detail = handler ? await handler(message.detail) : {};
  if (message.call) post({ type: 'answer', call: message.call, detail: detail ?? {} });
}

function firstField() {
  return document.querySelector('input, select, textarea, button');
}

export function changed() {
  if (!element) return;
  const state = element.state();
  const text = JSON.stringify(state);
  if (text === last) return;
  last = text;
  tell('change', state);
}

function listen() {
  let isFocused = false;
  document.addEventListener('focusin', () => {
    if (isFocused) return;
    isFocused = true;
    tell('state', { focused: true });
    tell('focus', {});
  });
  document.addEventListener('focusout', (event) => {
    if (event.relatedTarget && document.contains(event.relatedTarget)) return;
    isFocused = false;
    tell('state', { focused: false });
    tell('blur', {});
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') tell('escape', {});
    // As in any field of a form: the page's own form is sent.
    const isField = event.target.matches('input:not([type=checkbox])') && !event.target.form;
    if (event.key === 'Enter' && isField) tell('enter', {});
  });
}

let reported = -1;

function report() {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  if (height === reported) return;
  reported = height;
  tell('height', { height });
}

function watchHeight() {
  new ResizeObserver(report).observe(document.body);
}
