// The same checkout as shops wrote it for version 3 of the components.
import React, { useState } from 'react';
import {
  AddressElement, CheckoutProvider, EmbeddedCheckout, EmbeddedCheckoutProvider, PaymentElement,
  useCheckout,
} from '@stripe/react-stripe-js';

function Form() {
  const checkout = useCheckout();
  const [email, setEmail] = useState('');
  const [message, setMessage] = useState('');
  const submit = async (event) => {
    event.preventDefault();
    const result = await checkout.confirm({ redirect: 'if_required' });
    setMessage(result.type === 'error' ? result.error.message : result.session.status.type);
  };
  return (
    <form onSubmit={submit}>
      <p id="total">{checkout.total.total.amount}</p>
      <button type="button" onClick={() => checkout.applyPromotionCode('HALF')}>Code</button>
      <input
        aria-label="E-mail" value={email} onChange={(event) => setEmail(event.target.value)}
        onBlur={() => checkout.updateEmail(email)}
      />
      <div id="payment"><PaymentElement options={{ layout: 'accordion' }} /></div>
      <div id="billing"><AddressElement options={{ mode: 'billing' }} /></div>
      <button disabled={!checkout.canConfirm}>Pay</button>
      <p id="message" role="status">{message}</p>
    </form>
  );
}

export const CHECKOUTS = {
  embedded: ({ stripe, clientSecret }) => (
    <EmbeddedCheckoutProvider
      stripe={stripe}
      options={{
        fetchClientSecret: async () => clientSecret,
        onComplete: () => { window.completed = true; },
      }}
    >
      <EmbeddedCheckout id="embedded" />
    </EmbeddedCheckoutProvider>
  ),
  sdk: ({ stripe, clientSecret }) => (
    <CheckoutProvider
      stripe={stripe}
      options={{
        fetchClientSecret: async () => clientSecret,
        elementsOptions: { appearance: { theme: 'night' } },
      }}
    >
      <Form />
    </CheckoutProvider>
  ),
};
