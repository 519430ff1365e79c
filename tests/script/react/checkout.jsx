// A checkout of React components: a session's own page, drawn by the shop.
import React, { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { loadStripe } from '@stripe/stripe-js';
import { EmbeddedCheckout, EmbeddedCheckoutProvider } from '@stripe/react-stripe-js';
import {
  BillingAddressElement, CheckoutElementsProvider, ContactDetailsElement, PaymentElement,
  useCheckoutElements,
} from '@stripe/react-stripe-js/checkout';

const { key, clientSecret, kind } = window.shop;
const stripePromise = loadStripe(key);

function Form() {
  const state = useCheckoutElements();
  const [message, setMessage] = useState('');
  if (state.type === 'loading') return <p>Loading</p>;
  if (state.type === 'error') return <p id="message">{state.error.message}</p>;
  const { checkout } = state;
  const submit = async (event) => {
    event.preventDefault();
    const result = await checkout.confirm({ redirect: 'if_required' });
    setMessage(result.type === 'error' ? result.error.message : result.session.status.type);
  };
  return (
    <form onSubmit={submit}>
      <p id="total">{checkout.total.total.amount}</p>
      <button type="button" onClick={() => checkout.applyPromotionCode('HALF')}>Code</button>
      <div id="contact"><ContactDetailsElement /></div>
      <div id="payment"><PaymentElement options={{ layout: 'accordion' }} /></div>
      <div id="billing"><BillingAddressElement /></div>
      <button disabled={!checkout.canConfirm}>Pay</button>
      <p id="message" role="status">{message}</p>
    </form>
  );
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    {kind === 'embedded' ? (
      <EmbeddedCheckoutProvider stripe={stripePromise} options={{ clientSecret, onComplete: () => { window.completed = true; } }}>
        <EmbeddedCheckout id="embedded" />
      </EmbeddedCheckoutProvider>
    ) : (
      <CheckoutElementsProvider stripe={stripePromise} options={{ clientSecret }}>
        <Form />
      </CheckoutElementsProvider>
    )}
  </StrictMode>,
);
