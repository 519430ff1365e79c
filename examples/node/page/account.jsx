// Account: what somebody has, what may be done with it, and the wait after a payment.
import { useEffect, useState } from 'react';
import { ask, day, Go, Includes, known } from './parts.jsx';

const planOf = (me) => known.plans.find((plan) => plan.key === me.plan);
const WORDS = { trialing: 'free trial', past_due: 'payment failed', canceled: 'ended', incomplete: 'not paid yet' };

export function Account({ me }) {
  const plan = planOf(me);
  const open = me.features.length > 0;
  const signOut = () => ask('sign-out', {}).then(() => location.assign('/'));
  return (
    <>
      <div className="apart"><div><h1>Your account</h1><p className="soft">{me.email}</p></div><button type="button" className="quiet" onClick={signOut}>Sign out</button></div>
      <div className="two">
        <section className="card" aria-labelledby="plan">
          <h2 id="plan">{plan?.name ?? 'No plan'} {me.status && <span className={open ? 'badge good' : 'badge bad'}>{WORDS[me.status] ?? me.status}</span>}</h2>
          {me.endsAt ? <p>{open ? 'Access until' : 'Ended on'} {day(me.endsAt)}.</p>
            : me.paidUntil && plan?.amount > 0 && <p>{me.status === 'trialing' ? 'The first charge is on' : 'Paid until'} {day(me.paidUntil)}.</p>}
          {open && plan && <Includes plan={plan} />}
          {!open && <p className="soft">Choose how to begin: <a href="/pay-up-front">pay up front</a>, a <a href="/free-trial">free trial</a>, or <a href="/freemium">for nothing</a>.</p>}
          {me.customer && <Go to="portal" said={{}}>Manage plan and payments</Go>}
          {open && plan && !plan.amount && <a className="button quiet" href="/freemium">Upgrade</a>}
        </section>
        <section aria-labelledby="told">
          <h2 id="told">What the shop was told</h2>
          <p className="soft small">Every event that came signed, newest first, and what was done about it.</p>
          <ol className="told">
            {me.told.map((each) => (
              <li key={each.id}><span className="when">{day(each.created)}</span><span>{each.done}</span><code>{each.type}</code></li>
            ))}
          </ol>
        </section>
      </div>
    </>
  );
}

export function Album({ me }) {
  if (!me.features.includes('album')) {
    return <div className="narrow middle"><h1>Your album is closed</h1><p className="lead">Choose a plan, and it opens.</p><a className="button" href="/pay-up-front">See the plans</a></div>;
  }
  return (
    <div className="narrow">
      <h1>Your album</h1>
      <p className="lead">It is open, and asks for features, never for plans.</p>
      <ul className="includes card">
        {Object.entries(known.features).map(([key, name]) => (
          <li key={key} className={me.features.includes(key) ? undefined : 'without'}>{name}: {me.features.includes(key) ? 'yes' : 'not in your plan'}</li>
        ))}
      </ul>
    </div>
  );
}

export function Welcome({ query, me: before }) {
  const [me, setMe] = useState(before);
  const wanted = query.get('plan');
  const arrived = me.features.length > 0 && (!wanted || me.plan === wanted);
  const failed = query.get('redirect_status') === 'failed';
  useEffect(() => {
    if (arrived || failed) return undefined;
    const timer = setTimeout(() => ask('me').then(setMe), 500);
    return () => clearTimeout(timer);
  }, [me, arrived, failed]);
  return (
    <div className="narrow middle" role="status">
      {failed && <><h1>That did not work</h1><p className="lead">Your bank did not let the payment through.</p><a className="button" href="/">Try again</a></>}
      {!failed && !arrived && <><h1>One moment …</h1><p className="lead">We are waiting to hear of your payment.</p></>}
      {arrived && <><p className="tick" aria-hidden="true">✓</p><h1>Welcome to {planOf(me)?.name}</h1><p className="lead">Your album is ready.</p><div className="row center"><a className="button" href="/album">Open your album</a><a className="button quiet" href="/account">Your account</a></div></>}
    </div>
  );
}
