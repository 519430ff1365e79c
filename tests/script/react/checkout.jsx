// A checkout of React components: a session's own page, drawn by the shop.
import React, { useState } from 'react';
import { EmbeddedCheckout, EmbeddedCheckoutProvider } from '@stripe/react-stripe-js';
import {
  BillingAddressElement, CheckoutElementsProvider, CheckoutForm, CheckoutFormProvider,
  ContactDetailsElement, PaymentElement, useCheckout, useCheckoutElements, useCheckoutForm,
} from '@stripe/react-stripe-js/checkout';

const told = ({ type, error, session }) => (type === 'error' ? error.message : session.status.type);

function Form() {
  const state = useCheckoutElements();
  const [message, setMessage] = useState('');
  if (state.type === 'loading') return <p>Loading</p>;
  if (state.type === 'error') return <p id="message">{state.error.message}</p>;
  const { checkout } = state;
  const submit = async (event) => {
    event.preventDefault();
    setMessage(told(await checkout.confirm({ redirect: 'if_required' })));
  };
  return (
    <form onSubmit={submit}>
      <Total />
      <button type="button" onClick={() => checkout.applyPromotionCode('HALF')}>Code</button>
      <div id="contact"><ContactDetailsElement /></div>
      <div id="payment"><PaymentElement options={{ layout: 'accordion' }} /></div>
      <div id="billing"><BillingAddressElement /></div>
      <button disabled={!checkout.canConfirm}>Pay</button>
      <p id="message" role="status">{message}</p>
    </form>
  );
}

// As it is read by the hook of earlier versions.
function Total() {
  const { checkout } = useCheckout();
  return <p id="total">{checkout.total.total.amount}</p>;
}

function Whole() {
  const state = useCheckoutForm();
  const [message, setMessage] = useState('');
  const confirm = async (event) => {
    setMessage(told(await state.checkout.confirm({
      formConfirmEvent: event, redirect: 'if_required',
    })));
  };
  return (
    <>
      <div id="form"><CheckoutForm onConfirm={confirm} /></div>
      <p id="message" role="status">{message}</p>
    </>
  );
}

export const CHECKOUTS = {
  embedded: ({ stripe, clientSecret }) => (
    <EmbeddedCheckoutProvider
      stripe={stripe}
      options={{ clientSecret, onComplete: () => { window.completed = true; } }}
    >
      <EmbeddedCheckout id="embedded" />
    </EmbeddedCheckoutProvider>
  ),
  form: ({ stripe, clientSecret }) => (
    <CheckoutFormProvider stripe={stripe} options={{ clientSecret }}><Whole /></CheckoutFormProvider>
  ),
  sdk: ({ stripe, clientSecret }) => (
    <CheckoutElementsProvider stripe={stripe} options={{ clientSecret }}>
      <Form />
    </CheckoutElementsProvider>
  ),
};
