// Controller: the one hidden frame that speaks with the API. It reads the fields of its sisters,
// so that nothing a payer types ever passes through the page.

const whenThereIsABody = () => new Promise((resolve) => {
  if (document.body) resolve();
  else document.addEventListener('DOMContentLoaded', () => resolve(), { once: true });
});

// What a payer sees comes first.
const CALM_MILLISECONDS = 300;

class Controller {
  constructor(stripe) {
    this.locale = localeOf(stripe.locale);
    this.frame = new Frame('controller', {
      title: 'Prorata', hidden: true, locale: this.locale,
      init: () => ({ key: stripe.key, account: stripe.account, version: stripe.apiVersion }),
    });
    this.isOpen = false;
    setTimeout(() => this.open(), CALM_MILLISECONDS);
  }

  open() {
    if (this.isOpen) return;
    this.isOpen = true;
    whenThereIsABody().then(() => document.body.appendChild(this.frame.iframe));
  }

  call(type, detail) {
    this.open();
    return this.frame.call(type, { ...detail, locale: detail.locale || this.locale });
  }

  // Ask the API; the answer is {body} or {error}.
  ask(method, path, params) {
    return this.call('ask', { method, path, params });
  }
}
