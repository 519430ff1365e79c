// Field: one thing to type or choose, with its label, its state and what is wrong with it.

import { say } from './words.js';

// Make a node: build('div', {class: 'Field'}, child, 'text').
export function build(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'html') node.innerHTML = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((each) => each !== null && each !== undefined));
  return node;
}

// Put nodes in, in their order. Those that are there stay: a frame that is moved is loaded anew.
export function fill(parent, nodes) {
  const wanted = nodes.filter(Boolean);
  for (const child of [...parent.childNodes]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((node, place) => {
    const there = parent.childNodes[place];
    if (there !== node) parent.insertBefore(node, there || null);
  });
}

// Write a formatted text and leave the caret behind the same character.
function rewrite(input, text) {
  if (input.value === text) return;
  const caret = input.selectionStart ?? input.value.length;
  const atEnd = caret === input.value.length;
  const before = input.value.slice(0, caret).replace(/[^A-Za-z0-9]/g, '').length;
  input.value = text;
  if (atEnd || document.activeElement !== input) return;
  let place = 0;
  for (let seen = 0; seen < before && place < text.length; place += 1) {
    if (/[A-Za-z0-9]/.test(text[place])) seen += 1;
  }
  input.setSelectionRange(place, place);
}

// name, label, check(text) -> code or null, format(text, previous) -> text; `short` is a field
// without a label of its own. The result tells `onChange` of every change.
export function textField({
  name, label, scope = 'payment', autocomplete = 'off', inputmode, placeholder = '', type = 'text',
  format, check, isRequired = true, value = '', maxlength, pattern, short = false, icon = null,
  spellcheck = false, onChange = () => {}, earlyCheck = null, disabled = false, isHidden = false,
}) {
  const id = `${scope}-${name}Input`;
  const input = build('input', {
    id, name, type, autocomplete, inputmode, placeholder, maxlength, pattern, disabled,
    spellcheck: String(spellcheck), class: 'Input Input--empty is-empty', autocapitalize: 'off',
    autocorrect: 'off', 'aria-required': isRequired ? 'true' : 'false', 'aria-invalid': 'false',
    'aria-label': short ? label : undefined, 'data-elements-stable-field-name': name,
  });
  const message = build('p', { class: 'Error', id: `${id}-error`, role: 'alert', hidden: true });
  const holder = build('div', { class: 'Holder' }, input, icon);
  const root = short ? holder : build('div', { class: `Field Field--${name}`, hidden: isHidden },
    build('label', { class: 'Label', for: id }, label), holder, message);
  let previous = '';
  let problem = null;

  const field = {
    root, input, name, message,
    get value() { return input.value.trim(); },
    set value(text) {
      input.value = format ? format(text ?? '', '') : text ?? '';
      previous = input.value;
      show(null);
    },
    problem: () => problem,
    wrong() {
      if (root.hidden) return null;
      if (!input.value.trim()) return isRequired ? (check ? check('') : 'incomplete') : null;
      return check ? check(input.value) : null;
    },
    get isComplete() { return field.wrong() === null && (!isRequired || Boolean(field.value)); },
    get isEmpty() { return !input.value; },
    // Show what is wrong, and return {field, code, message}, or null.
    validate() {
      const code = field.wrong();
      show(code);
      return code ? { field, code, message: messageOf(code) } : null;
    },
    reject(text) { show('rejected', text); },
    setRequired(required) { isRequired = required; },
    show: (code, text) => show(code, text),
  };

  function messageOf(code) {
    return say(code === 'incomplete' ? 'incomplete_field' : code, { field: label });
  }

  function show(code, text) {
    problem = code ? { code, message: text || messageOf(code) } : null;
    message.textContent = problem ? problem.message : '';
    message.hidden = !problem;
    input.setAttribute('aria-invalid', String(Boolean(problem)));
    if (problem && !short) input.setAttribute('aria-describedby', message.id);
    else input.removeAttribute('aria-describedby');
    const isComplete = field.isComplete && Boolean(input.value);
    for (const [state, isOn] of [
      ['empty', !input.value], ['complete', isComplete && !problem], ['invalid', Boolean(problem)],
    ]) {
      input.classList.toggle(`Input--${state}`, isOn);
      input.classList.toggle(`is-${state}`, isOn);
    }
    root.classList.toggle('has-value', Boolean(input.value));
  }

  input.addEventListener('input', () => {
    if (format) rewrite(input, format(input.value, previous));
    previous = input.value;
    const early = earlyCheck ? earlyCheck(input.value) : null;
    show(early || (problem && input.value ? field.wrong() : null));
    onChange(field);
  });
  input.addEventListener('blur', () => {
    if (input.value && field.wrong()) field.validate();
    onChange(field);
  });
  if (value) field.value = value;
  return field;
}

export function selectField({
  name, label, scope = 'payment', autocomplete = 'off', choices, value, onChange = () => {},
}) {
  const id = `${scope}-${name}Input`;
  const input = build('select', {
    id, name, autocomplete, class: 'Input Input--select', 'aria-invalid': 'false',
    'data-elements-stable-field-name': name,
  });
  const message = build('p', { class: 'Error', id: `${id}-error`, role: 'alert', hidden: true });
  const root = build('div', { class: `Field Field--${name} has-value` },
    build('label', { class: 'Label', for: id }, label),
    build('div', { class: 'Holder' }, input), message);
  const show = (text) => {
    message.textContent = text;
    message.hidden = !text;
    input.setAttribute('aria-invalid', String(Boolean(text)));
    if (text) input.setAttribute('aria-describedby', message.id);
    else input.removeAttribute('aria-describedby');
    for (const name of ['Input--invalid', 'is-invalid']) input.classList.toggle(name, Boolean(text));
  };
  const field = {
    root, input, name,
    get value() { return input.value; },
    set value(chosen) { input.value = chosen; },
    get isComplete() { return root.hidden || Boolean(input.value); },
    get isEmpty() { return !input.value; },
    wrong: () => (field.isComplete ? null : 'incomplete'),
    validate() {
      show(field.isComplete ? '' : say('incomplete_field', { field: label }));
      return field.isComplete ? null : { field, code: 'incomplete', message: message.textContent };
    },
    reject() {},
    problem: () => null,
    fill(list, chosen) {
      input.replaceChildren(...list.map(([code, text]) => build('option', { value: code }, text)));
      if (chosen !== undefined) input.value = chosen;
      if (!input.value && list.length) input.selectedIndex = 0;
    },
  };
  field.fill(choices, value);
  input.addEventListener('change', () => {
    show('');
    onChange(field);
  });
  return field;
}

let boxes = 0;

export function checkbox({ name, label, isChecked = false, onChange = () => {} }) {
  boxes += 1;
  const id = `${name}-${boxes}`;
  const input = build('input', { id, name, type: 'checkbox', class: 'CheckboxInput' });
  input.checked = isChecked;
  input.addEventListener('change', () => onChange(input.checked));
  const root = build('div', { class: 'Checkbox' }, input,
    build('label', { class: 'CheckboxLabel', for: id }, label));
  return { root, input, get isChecked() { return input.checked; } };
}

// The first thing wrong in a list of fields, with the focus moved there; null when all is well.
export function validateAll(fields) {
  const wrong = fields.map((each) => each.validate()).filter(Boolean);
  if (!wrong.length) return null;
  wrong[0].field.input.focus();
  return { type: 'validation_error', code: wrong[0].code, message: wrong[0].message };
}
