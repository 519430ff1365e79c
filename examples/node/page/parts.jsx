// Parts: what several pages are made of, and the way to ask the server.
import { useState } from 'react';

// What the server wrote into the page.
export const known = window.shop;

// Asks the server; an answer that says what is wrong is thrown as an error with those words.
export async function ask(path, said) {
  const answer = await fetch(`/api/${path}`, said && {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(said),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

export const dollars = (cents) => `$${Math.floor(cents / 100)}`;
export const day = (second) => new Date(second * 1000)
  .toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

export function Nav({ me }) {
  return (
    <>
      <a className="skip" href="#main">Skip to the content</a>
      <header className="head">
        <a className="mark" href="/"><img src="/static/icon.svg" alt="" width="28" height="28" />Lumen Photos</a>
        <nav aria-label="Main">
          <a href="/album">Album</a>
          {me ? <a href="/account">Account</a> : <a href="/sign-in">Sign in</a>}
        </nav>
      </header>
    </>
  );
}

export function Includes({ plan }) {
  return (
    <ul className="includes">
      {Object.entries(known.features).map(([key, name]) => (
        <li key={key} className={plan.features.includes(key) ? undefined : 'without'}>
          {!plan.features.includes(key) && <span className="hidden">Without: </span>}{name}
        </li>
      ))}
    </ul>
  );
}

// A button that asks the server for an address, and goes there.
export function Go({ to, said, quiet, children }) {
  const [state, setState] = useState('');
  const press = async () => {
    setState('busy');
    try {
      location.assign((await ask(to, said)).url);
    } catch (error) {
      if (error.message === 'Sign in first.') location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
      else setState(error.message);
    }
  };
  return (
    <>
      <button type="button" className={quiet ? 'quiet' : undefined} disabled={state === 'busy'} onClick={press}>{children}</button>
      {state && state !== 'busy' && <p className="bad" role="alert">{state}</p>}
    </>
  );
}

export function SignIn({ next }) {
  const [wrong, setWrong] = useState('');
  const submit = async (event) => {
    event.preventDefault();
    try {
      await ask('sign-in', { email: new FormData(event.target).get('email') });
      const wanted = new URLSearchParams(location.search).get('next') || next || location.href;
      const place = new URL(wanted, location.href);
      // Only our own pages.
      location.assign(place.origin === location.origin ? place.href : '/account');
    } catch (error) {
      setWrong(error.message);
    }
  };
  return (
    <div className="narrow">
      <h1>Who are you?</h1>
      <p className="lead">Your address is your account; there is no password in this sample.</p>
      <form className="card" onSubmit={submit}>
        <label htmlFor="email">E-mail</label>
        <input id="email" name="email" type="email" autoComplete="email" required placeholder="you@example.com" />
        {wrong && <p className="bad" role="alert">{wrong}</p>}
        <button>Continue</button>
      </form>
    </div>
  );
}
