// Accordion: the ways to pay one below the other, the chosen one open.

import { glyph } from './brands.js';
import { build, fill } from './field.js';
import { needStyle } from './look.js';
import { methodName } from './payment_forms.js';
import { learnMore, say } from './words.js';

const VISIBLE = 5;

await Promise.all([needStyle('lists'), learnMore()]);

// The first of the ways to pay, up to so many (0: all), and the chosen one wherever it stands.
function visible({ types, selected, isWhole }, most = VISIBLE) {
  if (!most || isWhole) return types;
  return types.filter((type, place) => place < most || type === selected);
}

export function accordion(element, layout) {
  const { radios = 'auto', spacedAccordionItems = false, paymentMethodLogoPosition } = layout;
  const shown = visible(element, layout.visibleAccordionItemsCount);
  const hasRadios = radios === 'always' || radios === true
    || (radios !== 'never' && radios !== false && element.types.length > 1);
  const list = element.list ||= build('div', {
    role: 'radiogroup', 'aria-label': say('ways_to_pay'),
  });
  list.className = `Accordion${spacedAccordionItems ? ' Accordion--spaced' : ''}`;
  const items = [];
  for (const type of shown) {
    const isSelected = type === element.selected;
    const form = element.forms.get(type);
    const input = build('input', {
      type: 'radio', name: 'method', id: `${type}-radio`, value: type,
      class: `RadioIcon${hasRadios ? '' : ' RadioIcon--none'}`,
    });
    input.checked = isSelected;
    input.addEventListener('change', () => element.choose(type));
    const isLast = paymentMethodLogoPosition === 'end' ? ' AccordionItem-head--end' : '';
    const head = build('label', { class: `AccordionItem-head${isLast}`, for: `${type}-radio` }, input,
      build('span', { class: 'TabIcon', html: glyph(form.glyph) }),
      build('span', { class: 'AccordionItemLabel' }, methodName(type)));
    const item = form.item ||= build('div');
    item.className = `AccordionItem${isSelected ? ' AccordionItem--selected' : ''}`;
    item.dataset.value = type;
    form.body ||= build('div', { class: 'AccordionItem-body' });
    form.body.hidden = !isSelected;
    fill(form.body, [form.keep, isSelected ? form.root : null]);
    fill(item, [head, form.keep || isSelected ? form.body : null]);
    items.push(item);
  }
  if (shown.length < element.types.length) items.push(moreButton(element, shown));
  fill(list, items);
  return list;
}

function moreButton(element, shown) {
  const button = build('button', {
    type: 'button', class: 'AccordionItem AccordionMore', 'aria-expanded': 'false',
  }, say('more_methods'));
  button.addEventListener('click', () => {
    element.isWhole = true;
    element.draw();
    const first = element.types.find((type) => !shown.includes(type));
    document.getElementById(`${first}-radio`)?.focus();
  });
  return button;
}
