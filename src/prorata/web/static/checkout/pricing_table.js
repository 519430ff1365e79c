// Pricing table: <stripe-pricing-table pricing-table-id publishable-key …>.

const TABLE = {
  'publishable-key': 'key', 'client-reference-id': 'client_reference_id',
  'customer-email': 'customer_email', 'locale': 'locale',
  'customer-session-client-secret': 'customer_session_client_secret',
};

class PricingTable extends FrameElement {
  static title = 'Pricing table';
  static height = '560px';
  static observedAttributes = ['pricing-table-id', ...Object.keys(TABLE)];

  address() {
    const id = this.getAttribute('pricing-table-id');
    if (!id || !this.getAttribute('publishable-key')) {
      console.error('<stripe-pricing-table> needs pricing-table-id and publishable-key.');
      return null;
    }
    return `${ORIGIN}/pricing/${encodeURIComponent(id)}?${this.query(TABLE)}`;
  }
}

define('stripe-pricing-table', PricingTable);
