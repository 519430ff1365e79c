// Accordion: the ways to pay one below the other, the chosen one open.

import { glyph } from './brands.js';
import { build, fill } from './field.js';
import { needStyle } from './look.js';
import { methodName } from './payment_forms.js';
import { say } from './words.js';

await needStyle('lists');

export function accordion(element, { radios = 'auto', spacedAccordionItems = false }) {
  const hasRadios = radios === 'always' || radios === true
    || (radios !== 'never' && radios !== false && element.types.length > 1);
  const list = element.list ||= build('div', {
    role: 'radiogroup', 'aria-label': say('ways_to_pay'),
  });
  list.className = `Accordion${spacedAccordionItems ? ' Accordion--spaced' : ''}`;
  const items = [];
  for (const type of element.types) {
    const isSelected = type === element.selected;
    const form = element.forms.get(type);
    const input = build('input', {
      type: 'radio', name: 'method', id: `${type}-radio`, value: type,
      class: `RadioIcon${hasRadios ? '' : ' RadioIcon--none'}`,
    });
    input.checked = isSelected;
    input.addEventListener('change', () => element.choose(type));
    const head = build('label', { class: 'AccordionItem-head', for: `${type}-radio` }, input,
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
  fill(list, items);
  return list;
}
