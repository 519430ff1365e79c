// Form extras: what a checkout form shows for some sessions and pages alone.

import { tell } from './core.js';
import { build, fill, textField } from './field.js';
import { walletButton } from './wallet_button.js';
import { say } from './words.js';

// A field for a promotion code, and the codes that count; `promoted` hears what became of one.
export function promotionBox() {
  const field = textField({
    name: 'promotionCode', scope: 'form', label: say('promotion_code'), isRequired: false,
  });
  const apply = build('button', { type: 'button', class: 'Button Button--quiet' },
    say('promotion_apply'));
  const row = build('div', { class: 'PromotionRow' }, field.root, apply);
  const root = build('div', { class: 'Stack' }, row);
  const ask = (code) => {
    apply.disabled = true;
    tell('promotion', { code });
  };
  apply.addEventListener('click', () => field.value && ask(field.value));
  field.input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (field.value) ask(field.value);
  });
  return {
    root,
    show(codes) {
      fill(root, [row, ...codes.map((code) => {
        const remove = build('button', {
          type: 'button', class: 'Button Button--quiet PromotionCode', 'aria-label': say('remove', { method: code }),
        }, `${code} ×`);
        remove.addEventListener('click', () => ask(''));
        return remove;
      })]);
    },
    promoted({ error }) {
      apply.disabled = false;
      if (error) field.reject(say('promotion_wrong'));
      else field.value = '';
    },
  };
}

// A wallet above the form; `wanted` are the page's options for it.
export function expressBox(wanted) {
  const { button, draw } = walletButton(() => tell('wallet', { step: 'click' }));
  draw(wanted);
  return build('div', { class: 'Buttons' }, button);
}

// Step after step, of {label, nodes, validate, isComplete}; those behind an incomplete one wait.
export function stepped(steps, onChange) {
  let at = 0;
  const bar = build('ol', { class: 'Steps', 'aria-label': say('steps') });
  const next = build('button', { type: 'submit', class: 'Button' }, say('step_next'));
  const root = build('div', { class: 'Stack' });
  const canGo = (place) => steps.slice(0, place).every((each) => each.isComplete());

  function draw() {
    bar.replaceChildren(...steps.map(({ label }, place) => {
      const button = build('button', {
        type: 'button', class: 'Step', 'aria-current': place === at ? 'step' : null,
      }, label);
      button.disabled = !canGo(place);
      button.addEventListener('click', () => go(place));
      return build('li', {}, button);
    }));
    const isLast = at === steps.length - 1;
    fill(root, [steps.length > 1 ? bar : null, ...steps[at].nodes, isLast ? null : next]);
  }

  function go(place) {
    at = place;
    draw();
    root.querySelector('input:not([type=checkbox]), select')?.focus();
    onChange();
  }

  draw();
  return {
    root,
    // Go on where this is not the last step; return whether it is.
    goOn() {
      if (at === steps.length - 1) return true;
      if (!steps[at].validate().error) go(at + 1);
      return false;
    },
    // Show the first step that is wrong; return its error, or {}.
    validate() {
      for (const [place, each] of steps.entries()) {
        if (each.isComplete()) continue;
        if (place !== at) go(place);
        return each.validate();
      }
      return {};
    },
    views: () => steps.map(({ label }, place) => ({
      label, canNavigate: canGo(place), active: place === at,
    })),
    follow: () => {
      for (const [place, button] of [...bar.querySelectorAll('button')].entries()) {
        button.disabled = !canGo(place);
      }
    },
  };
}
