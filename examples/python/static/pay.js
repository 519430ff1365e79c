// Pay: the payment element in our own form. The intent is made when the fields are complete.

const form = document.getElementById('pay');
const button = form.querySelector('button');
const message = document.getElementById('message');
const { mode, amount, key, plan, done } = form.dataset;
// The same for every try from this page: a second try pays the same subscription.
const attempt = crypto.randomUUID();

const stripe = Stripe(key);
const elements = stripe.elements({
  mode,
  currency: 'usd',
  ...(mode === 'subscription' ? { amount: Number(amount) } : { setupFutureUsage: 'off_session' }),
  appearance: { variables: { colorPrimary: '#0f766e', borderRadius: '8px' } },
});
const payment = elements.create('payment');
payment.on('ready', () => { button.disabled = false; });
payment.mount('#payment-element');

function say(text) {
  message.textContent = text;
  message.hidden = !text;
  button.disabled = false;
}

async function pay() {
  const checked = await elements.submit();
  if (checked.error) return checked.error.message;
  const answer = await fetch(form.getAttribute('action'), {
    method: 'POST', body: new URLSearchParams({ plan, attempt }),
  });
  const { clientSecret, error: refused } = await answer.json().catch(() => ({}));
  if (!clientSecret) return refused || 'That did not work. Please try again.';
  const confirm = mode === 'subscription' ? stripe.confirmPayment : stripe.confirmSetup;
  const { error } = await confirm({ elements, clientSecret, confirmParams: { return_url: done } });
  // Without an error the browser is on its way to `done`.
  return error.message;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  button.disabled = true;
  say('');
  button.disabled = true;
  say(await pay());
});
