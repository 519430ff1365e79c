// Buy button: <stripe-buy-button buy-button-id publishable-key …>.

const BUTTON = {
  'client-reference-id': 'client_reference_id', 'customer-email': 'locked_prefilled_email',
  'locale': 'locale',
};

class BuyButton extends FrameElement {
  static title = 'Buy button';
  static height = '180px';
  static observedAttributes = ['buy-button-id', 'publishable-key', ...Object.keys(BUTTON)];

  connectedCallback() {
    if (!this.style.display) this.style.cssText += ';display:inline-block;width:300px;max-width:100%';
    super.connectedCallback();
  }

  address() {
    const id = this.getAttribute('buy-button-id');
    if (!id || !this.getAttribute('publishable-key')) {
      console.error('<stripe-buy-button> needs buy-button-id and publishable-key.');
      return null;
    }
    return `${ORIGIN}/buy/${encodeURIComponent(id)}?${this.query(BUTTON)}`;
  }
}

define('stripe-buy-button', BuyButton);
