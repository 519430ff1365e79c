// Forms of React components, as a shop writes them: nothing in them knows whose script is loaded.
import React, { useState } from 'react';
import {
  AddressElement, CardCvcElement, CardElement, CardExpiryElement, CardNumberElement, Elements,
  ElementsConsumer, ExpressCheckoutElement, IbanElement, LinkAuthenticationElement,
  PaymentElement, useElements, useStripe,
} from '@stripe/react-stripe-js';

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

function CardForm({ clientSecret }) {
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

// The card in three parts, and a bank account: both become payment methods.
function Parts() {
  const stripe = useStripe();
  const elements = useElements();
  const [message, setMessage] = useState('');
  const submit = async (event) => {
    event.preventDefault();
    const made = await Promise.all([
      stripe.createPaymentMethod({ type: 'card', card: elements.getElement(CardNumberElement) }),
      stripe.createPaymentMethod({
        type: 'sepa_debit', sepa_debit: elements.getElement(IbanElement),
        billing_details: { name: 'Ada Lovelace', email: 'ada@example.com' },
      }),
    ]);
    setMessage(made.map(({ error, paymentMethod }) => (error ? error.message
      : (paymentMethod.card || paymentMethod.sepa_debit).last4)).join(' '));
  };
  return (
    <form onSubmit={submit}>
      <CardNumberElement id="number" options={{ showIcon: true }} />
      <CardExpiryElement id="expiry" />
      <CardCvcElement id="cvc" onChange={(event) => window.events.push(['cvc', event.complete])} />
      <IbanElement id="iban" options={{ supportedCountries: ['SEPA'] }} />
      <button>Make</button>
      <p id="message" role="status">{message}</p>
    </form>
  );
}

// One button that pays: the intent is made once the payer has agreed.
function Express({ clientSecret }) {
  const [message, setMessage] = useState('');
  const confirm = async ({ stripe, elements }) => {
    await elements.submit();
    const { error, paymentIntent } = await stripe.confirmPayment({
      elements, clientSecret, redirect: 'if_required',
    });
    setMessage(error ? error.message : paymentIntent.status);
  };
  return (
    <ElementsConsumer>
      {(held) => (
        <>
          <ExpressCheckoutElement
            options={{ emailRequired: true }}
            onReady={({ availablePaymentMethods }) => { window.available = availablePaymentMethods; }}
            onConfirm={() => confirm(held)}
          />
          <p id="message" role="status">{message}</p>
        </>
      )}
    </ElementsConsumer>
  );
}

const group = (Form, options) => ({ stripe, ...facts }) => (
  <Elements stripe={stripe} options={options(facts)}><Form {...facts} /></Elements>
);
const PricingTable = ({ table, publishable }) => (
  <stripe-pricing-table pricing-table-id={table} publishable-key={publishable} />
);

export const FORMS = {
  card: group(CardForm, () => ({})),
  express: group(Express, () => ({ mode: 'payment', amount: 1999, currency: 'usd' })),
  parts: group(Parts, () => ({})),
  payment: group(PaymentForm, ({ clientSecret }) => ({ clientSecret })),
  table: PricingTable,
};
