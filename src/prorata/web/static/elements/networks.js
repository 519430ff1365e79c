// Networks: a card that runs on two of them, and the one that its payer prefers.

import { tell } from './core.js';
import { selectField } from './field.js';
import { learnMore, say } from './words.js';

// Cards of the sandbox; where money is real, the gateway's own fields know what a card runs on.
const SECOND = { 4000002500001001: 'cartes_bancaires', 5555552500001001: 'cartes_bancaires' };
const NAMES = { cartes_bancaires: 'Cartes Bancaires', mastercard: 'Mastercard', visa: 'Visa' };

// wished: the networks that the page prefers, the first that fits counts.
export async function networkChoice({ scope, wished, onChange }) {
  await learnMore();
  const field = selectField({ name: 'network', scope, label: say('card_network'), choices: [], onChange });
  field.root.hidden = true;
  let networks = [];
  return {
    field,
    // See what a number runs on.
    show(digits, brand) {
      const found = SECOND[digits] ? [SECOND[digits], brand] : [];
      if (found.join() === networks.join()) return;
      networks = found;
      const wanted = (wished() || []).find((each) => found.includes(each));
      field.fill([['', say('card_network_any')], ...found.map((each) => [each, NAMES[each]])],
        wanted || '');
      field.root.hidden = !found.length;
      tell('networkschange', { loading: false, networks: found.length ? found : [brand] });
    },
    read: () => (networks.length && field.value ? { networks: { preferred: field.value } } : {}),
  };
}
