// Plans: the three business models, each a page of plans, and the pricing table.
import { dollars, Go, Includes, known } from './parts.jsx';

const MODELS = {
  'pay-up-front': {
    title: 'Choose your plan', words: 'Paid month by month. Change or cancel whenever you like.',
    short: 'Pay up front', door: 'The first month is charged before there is access.',
    behind: [
      <>You choose a plan, and pay at Checkout (its own page, or in a frame of ours) or in our form.</>,
      <>From Checkout the shop hears <code>checkout.session.completed</code>, from its own form <code>invoice.paid</code>, and gives access.</>,
      <>Every month <code>invoice.paid</code> extends it; <code>invoice.payment_failed</code> takes it away until a payment succeeds.</>,
    ],
  },
  'free-trial': {
    title: 'Try it for 14 days', words: 'Nothing to pay today. Cancel before the end, and nothing ever is.',
    short: 'Free trial', door: 'Two weeks for nothing; the card is charged afterwards.',
    behind: [
      <>Your card is saved and not charged; <code>checkout.session.completed</code> or <code>setup_intent.succeeded</code> begins the trial.</>,
      <>Three days before the end <code>customer.subscription.trial_will_end</code> arrives.</>,
      <>At the end <code>invoice.paid</code>, and access goes on, or <code>invoice.payment_failed</code>, and it stops.</>,
    ],
  },
  freemium: {
    title: 'Begin for nothing', words: 'No card, no end. Upgrade when your album grows.',
    short: 'Freemium', door: 'Free without a card. Who wants more upgrades.',
    behind: [
      <>Joining makes a subscription on a price of $0; <code>customer.subscription.created</code> gives access.</>,
      <>An upgrade first saves a card: <code>setup_intent.succeeded</code>.</>,
      <>Then the price of the same subscription changes, and <code>invoice.paid</code> raises the access.</>,
    ],
  },
};

export function Home() {
  return (
    <>
      <section className="hero">
        <div>
          <h1>Your photos,<br />kept well.</h1>
          <p className="lead">An album for everything you have seen, to share with whom you like.</p>
          <div className="row"><a className="button" href="/pay-up-front">See the plans</a><a className="button quiet" href="/album">Open your album</a></div>
        </div>
        <img className="poster" src="/static/icon.svg" alt="" />
      </section>
      <section aria-labelledby="ways">
        <h2 id="ways">Three ways to sell the same thing</h2>
        <p className="soft">Choose one and buy; the card <code>4242 4242 4242 4242</code> always works.</p>
        <div className="doors">
          {Object.entries(MODELS).map(([key, model]) => (
            <a key={key} className="door" href={`/${key}`}><h3>{model.short}</h3><p>{model.door}</p></a>
          ))}
          <a className="door" href="/pricing-table"><h3>Pricing table</h3><p>All plans from one tag, with no code of the shop’s own.</p></a>
        </div>
      </section>
    </>
  );
}

const named = (text, plan) => <>{text}<span className="hidden"> for {plan.name}</span></>;

function Ways({ model, plan, me }) {
  const here = (way) => `/${model}/${way}/${plan.key}`;
  if (!plan.amount) {
    return me?.features.length ? <p className="note">You are a member already.</p> : <Go to="join" said={{}}>Join for free</Go>;
  }
  if (model === 'freemium') {
    if (me?.status !== 'active') return <p className="soft">Join for free, upgrade any time.</p>;
    return <a className="button" href={here('pay')}>{named('Upgrade on this site', plan)}</a>;
  }
  return (
    <>
      <Go to="checkout" said={{ plan: plan.key, model }}>{named(model === 'free-trial' ? 'Start at Checkout' : 'Pay at Checkout', plan)}</Go>
      <a className="button quiet" href={here('pay')}>{named(model === 'free-trial' ? 'Start on this site' : 'Pay on this site', plan)}</a>
      {model === 'pay-up-front' && <a className="button quiet" href={here('embedded')}>{named('Checkout in a frame', plan)}</a>}
      {model === 'pay-up-front' && <a className="button quiet" href={here('checkout')}>{named('Checkout in our fields', plan)}</a>}
      {model === 'free-trial' && <Go quiet to="checkout" said={{ plan: plan.key, model, later: true }}>{named('Start without a card', plan)}</Go>}
    </>
  );
}

export function Plans({ model, me }) {
  const { title, words, behind } = MODELS[model];
  const shown = known.plans.filter((plan) => plan.amount || model === 'freemium');
  return (
    <>
      <div className="lead-in"><h1>{title}</h1><p className="lead">{words}</p></div>
      <div className={shown.length > 2 ? 'plans three' : 'plans'}>
        {shown.map((plan) => (
          <section key={plan.key} className={plan.key === 'premium' ? 'plan liked' : 'plan'} aria-labelledby={plan.key}>
            <h2 id={plan.key}>{plan.name} {plan.key === 'premium' && <span className="badge">Most popular</span>}</h2>
            <p className="soft">{plan.words}</p>
            <p className="price">{dollars(plan.amount)}<span>{plan.amount ? ' a month' : ' for as long as you like'}</span></p>
            <Ways model={model} plan={plan} me={me} />
            <Includes plan={plan} />
          </section>
        ))}
      </div>
      <section className="behind" aria-labelledby="behind">
        <h2 id="behind">What happens behind this page</h2>
        <ol>{behind.map((step, index) => <li key={index}>{step}</li>)}</ol>
      </section>
    </>
  );
}

export function Table({ me }) {
  return (
    <>
      <div className="lead-in"><h1>Every plan, from one tag</h1><p className="lead">Set up and styled at billing; a choice leads straight to Checkout.</p></div>
      {known.table
        ? <stripe-pricing-table pricing-table-id={known.table} publishable-key={known.key} client-reference-id={me?.id} customer-email={me?.email} />
        : <p className="note">Make a table (README.md says how) and name it in <code>PRICING_TABLE_ID</code>.</p>}
    </>
  );
}
