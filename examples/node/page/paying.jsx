// Paying: the payment element in a form of ours, Checkout in a frame, and Checkout in our fields.
import { EmbeddedCheckout, EmbeddedCheckoutProvider, Elements, PaymentElement, useElements, useStripe } from '@stripe/react-stripe-js';
import { CheckoutElementsProvider, PaymentElement as CheckoutPaymentElement, useCheckoutElements } from '@stripe/react-stripe-js/checkout';
import { loadStripe } from '@stripe/stripe-js';
import { useMemo, useState } from 'react';
import { ask, dollars, Includes, known } from './parts.jsx';

const stripePromise = loadStripe(known.key);
const appearance = { variables: { colorPrimary: '#0f766e', borderRadius: '8px' } };
// The same for every try from this page: a second try pays the same subscription.
const attempt = crypto.randomUUID();

function Order({ plan, model, children }) {
  const later = model === 'free-trial';
  return (
    <div className="two">
      <section className="order" aria-labelledby="order">
        <a className="back" href={`/${model}`}>All plans</a>
        <h1 id="order">{plan.name}</h1>
        <p className="soft">{plan.words}</p>
        <dl className="sums">
          <dt>{plan.name}, monthly</dt><dd>{dollars(plan.amount)}.00</dd>
          <dt className="total">Due today</dt><dd className="total">{later ? '$0.00' : `${dollars(plan.amount)}.00`}</dd>
        </dl>
        <Includes plan={plan} />
      </section>
      {children}
    </div>
  );
}

function PayForm({ plan, model }) {
  const stripe = useStripe();
  const elements = useElements();
  const [message, setMessage] = useState('');
  const [busy, setBusy] = useState(false);
  const upFront = model === 'pay-up-front';
  const pay = async () => {
    const checked = await elements.submit();
    if (checked.error) return checked.error.message;
    const { clientSecret } = await ask(upFront ? 'subscriptions' : 'setup-intents', { plan: plan.key, model, attempt });
    const confirm = upFront ? stripe.confirmPayment : stripe.confirmSetup;
    const { error } = await confirm({
      elements, clientSecret, confirmParams: { return_url: `${location.origin}/welcome?plan=${plan.key}` },
    });
    // Without an error the browser is on its way to return_url.
    return error.message;
  };
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setMessage(await pay().catch((error) => error.message));
    setBusy(false);
  };
  const button = { 'pay-up-front': `Pay ${dollars(plan.amount)}.00`, 'free-trial': 'Start trial', freemium: `Upgrade to ${plan.name}` };
  return (
    <form className="card" onSubmit={submit}>
      <h2>Payment details</h2>
      <PaymentElement />
      {message && <p className="bad" role="alert">{message}</p>}
      <button disabled={!stripe || busy}>{button[model]}</button>
      <p className="small soft">Your card is charged {dollars(plan.amount)}.00 a month, until you cancel.</p>
    </form>
  );
}

export function Pay({ plan, model }) {
  const options = model === 'pay-up-front'
    ? { mode: 'subscription', amount: plan.amount, currency: 'usd', appearance }
    : { mode: 'setup', currency: 'usd', setupFutureUsage: 'off_session', appearance };
  return (
    <Order plan={plan} model={model}>
      <Elements stripe={stripePromise} options={options}><PayForm plan={plan} model={model} /></Elements>
    </Order>
  );
}

const session = (ui, plan, model) => ask('checkout', { ui, plan: plan.key, model })
  .then(({ clientSecret }) => clientSecret);

export function Embedded({ plan, model }) {
  const options = useMemo(() => {
    const clientSecret = session('embedded_page', plan, model);
    return { fetchClientSecret: () => clientSecret };
  }, [plan, model]);
  return (
    <div className="card">
      <a className="back" href={`/${model}`}>All plans</a>
      <h1>{plan.name}</h1>
      <EmbeddedCheckoutProvider stripe={stripePromise} options={options}><EmbeddedCheckout /></EmbeddedCheckoutProvider>
    </div>
  );
}

function CheckoutForm() {
  const state = useCheckoutElements();
  const [message, setMessage] = useState('');
  if (state.type === 'loading') return <div className="card"><p className="soft">One moment …</p></div>;
  if (state.type === 'error') return <div className="card"><p className="bad" role="alert">{state.error.message}</p></div>;
  const { checkout } = state;
  const submit = async (event) => {
    event.preventDefault();
    const done = await checkout.confirm();
    // All went well: the browser is on its way to the session's return_url.
    if (done.type === 'error') setMessage(done.error.message);
  };
  return (
    <form className="card" onSubmit={submit}>
      <h2>Payment details</h2>
      <CheckoutPaymentElement />
      {message && <p className="bad" role="alert">{message}</p>}
      <button disabled={!checkout.canConfirm}>Pay {checkout.total.total.amount}</button>
    </form>
  );
}

export function CheckoutHere({ plan, model }) {
  const options = useMemo(() => ({
    clientSecret: session('elements', plan, model), elementsOptions: { appearance },
  }), [plan, model]);
  return (
    <Order plan={plan} model={model}>
      <CheckoutElementsProvider stripe={stripePromise} options={options}><CheckoutForm /></CheckoutElementsProvider>
    </Order>
  );
}
