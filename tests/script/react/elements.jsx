// A form of React components, as a shop writes it: nothing in it knows whose script is loaded.
import React, { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { loadStripe } from '@stripe/stripe-js';
import {
  AddressElement, CardElement, Elements, LinkAuthenticationElement, PaymentElement, useElements,
  useStripe,
} from '@stripe/react-stripe-js';

const { key, clientSecret, kind } = window.shop;
const stripePromise = loadStripe(key);
window.events = [];

function PaymentForm() {
  const stripe = useStripe();
  const elements = useElements();
  const [message, setMessage] = useState('');
  const [isComplete, setComplete] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const { error, paymentIntent } = await stripe.confirmPayment({ elements, redirect: 'if_required' });
    setMessage(error ? error.message : paymentIntent.status);
  };
  return (
    <form onSubmit={submit}>
      <LinkAuthenticationElement id="email" />
      <PaymentElement
        id="payment"
        options={{ layout: isComplete ? 'tabs' : { type: 'tabs' } }}
        onReady={(element) => window.events.push(['ready', typeof element.mount])}
        onChange={(event) => setComplete(event.complete)}
      />
      <AddressElement id="address" options={{ mode: 'billing' }} />
      <button disabled={!stripe}>Pay</button>
      <p id="complete">{isComplete ? 'complete' : 'incomplete'}</p>
      <p id="message" role="status">{message}</p>
    </form>
  );
}

function CardForm() {
  const stripe = useStripe();
  const elements = useElements();
  const [message, setMessage] = useState('');
  const [isShown, setShown] = useState(true);
  const submit = async (event) => {
    event.preventDefault();
    const card = elements.getElement(CardElement);
    const { error, paymentIntent } = await stripe.confirmCardPayment(clientSecret, {
      payment_method: { card },
    });
    setMessage(error ? error.message : paymentIntent.status);
  };
  return (
    <form onSubmit={submit}>
      {isShown && <CardElement id="card" options={{ hidePostalCode: true }} />}
      <button type="button" onClick={() => setShown(!isShown)}>Toggle</button>
      <button disabled={!stripe}>Pay</button>
      <p id="message" role="status">{message}</p>
    </form>
  );
}

const isCard = kind === 'card';
createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Elements stripe={stripePromise} options={isCard ? {} : { clientSecret }}>
      {isCard ? <CardForm /> : <PaymentForm />}
    </Elements>
  </StrictMode>,
);
