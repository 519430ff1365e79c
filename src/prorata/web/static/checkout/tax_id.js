// Tax ID: its kind follows the address until somebody chooses one; the bill hears of the number.

import { change, explain, find } from './page.js';
import { isShown, showError } from './fields.js';

const COUNTRIES = ['billing-country', 'shipping-country', 'card-country'];

export function startTaxId(form) {
  const [kind, number, business] = ['tax-type', 'tax-value', 'as-business'].map(find);
  if (!kind) return;
  let isChosen = Boolean(number.value);
  let told = said();

  function said() {
    const value = number.value.trim();
    return business.checked && value ? { type: kind.value, value } : null;
  }

  function follow() {
    const country = COUNTRIES.map(find).find((each) => each && isShown(each))?.value;
    const usual = [...kind.options].find(({ dataset }) => dataset.of.split(' ').includes(country));
    if (usual && !isChosen) kind.value = usual.value;
  }

  async function tell() {
    const now = said();
    if (now?.type === told?.type && now?.value === told?.value) return;
    told = now;
    const error = await change({ tax_id: now });
    showError(number, error ? explain(error) : '');
  }

  form.addEventListener('change', ({ target }) => {
    if (target === kind) isChosen = true;
    if (COUNTRIES.includes(target.id) || target.id === 'same-address') follow();
    if ([kind, number, business].includes(target)) tell();
  });
  follow();
}
