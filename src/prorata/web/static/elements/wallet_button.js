// Wallet button: what opens the sandbox's wallet, as the page wants it to look.

import { build } from './field.js';
import { say } from './words.js';

const WORDS = {
  book: 'wallet_book', buy: 'wallet_buy', checkout: 'wallet_checkout', donate: 'wallet_donate',
  order: 'wallet_order', pay: 'wallet_pay', plain: 'wallet_plain', subscribe: 'wallet_subscribe',
};
const MARK = `<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none"
  stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"><path d="M4 7.5h14.2A1.8 1.8 0 0 1
  20 9.3v8.2a1.8 1.8 0 0 1-1.8 1.8H5.8A1.8 1.8 0 0 1 4 17.5zm0 0 11.4-3.1a1.2 1.2 0 0 1 1.5
  1.1v2"/><circle cx="16" cy="13.4" r="1.2" fill="currentColor" stroke="none"/></svg>`;

// draw(options) follows buttonHeight, buttonTheme and buttonType.
export function walletButton(onClick) {
  const button = build('button', { type: 'button', class: 'WalletButton' });
  button.addEventListener('click', onClick);
  return {
    button,
    draw({ buttonHeight, buttonTheme, buttonType } = {}) {
      button.style.height = `${Math.min(55, Math.max(40, buttonHeight || 44))}px`;
      button.classList.toggle('is-white', buttonTheme?.googlePay === 'white');
      const mark = document.createElement('span');
      mark.innerHTML = MARK;
      button.replaceChildren(mark, say(WORDS[buttonType?.googlePay] || 'wallet_pay'));
    },
  };
}
