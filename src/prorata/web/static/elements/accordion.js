// Accordion: the ways to pay one below the other, the chosen one open.

import { glyph } from './brands.js';
import { build } from './field.js';
import { methodName } from './payment_forms.js';
import { say } from './words.js';

export function accordion(element, { radios = 'auto', spacedAccordionItems = false }) {
  const hasRadios = radios === 'always' || radios === true
    || (radios !== 'never' && radios !== false && element.types.length > 1);
  const list = build('div', {
    class: `Accordion${spacedAccordionItems ? ' Accordion--spaced' : ''}`,
    role: 'radiogroup', 'aria-label': say('ways_to_pay'),
  });
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
    const item = build('div', {
      class: `AccordionItem${isSelected ? ' AccordionItem--selected' : ''}`, 'data-value': type,
    }, head);
    if (isSelected) item.append(build('div', { class: 'AccordionItem-body' }, form.root));
    list.append(item);
  }
  return list;
}
