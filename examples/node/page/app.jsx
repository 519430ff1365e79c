// App: the shop's pages in React; Stripe's own components draw what is about paying.
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Account, Album, Welcome } from './account.jsx';
import { ask, known, Nav, SignIn } from './parts.jsx';
import { CheckoutHere, Embedded, Pay } from './paying.jsx';
import { Home, Plans, Table } from './plans.jsx';

function page(path, query, me) {
  const [, first, second, third] = path.split('/');
  const model = ['pay-up-front', 'free-trial', 'freemium'].includes(first) ? first : null;
  if (model && second) {
    if (!me) return <SignIn />;
    const Way = { pay: Pay, embedded: Embedded, checkout: CheckoutHere }[second];
    const plan = known.plans.find((each) => each.key === third && each.amount > 0);
    return Way && plan ? <Way key={path} model={model} plan={plan} /> : <Nothing />;
  }
  if (model) return <Plans model={model} me={me} />;
  if (first === 'pricing-table') return <Table me={me} />;
  if (first === '') return <Home />;
  if (!['album', 'account', 'welcome', 'sign-in'].includes(first)) return <Nothing />;
  if (!me || first === 'sign-in') return <SignIn next={first === 'sign-in' ? '/account' : null} />;
  if (first === 'album') return <Album me={me} />;
  return first === 'account' ? <Account me={me} /> : <Welcome query={query} me={me} />;
}

const Nothing = () => <div className="narrow middle"><h1>There is nothing here</h1></div>;

function App() {
  const [me, setMe] = useState(undefined);
  useEffect(() => { ask('me').then(setMe); }, []);
  if (me === undefined) return null;
  return (
    <>
      <Nav me={me} />
      <main id="main">{page(location.pathname, new URLSearchParams(location.search), me)}</main>
      <footer className="foot">
        <p>Lumen Photos is a sample shop; no card is ever charged for real.</p>
        {known.prorata && <p><a href={known.prorata}>Prorata</a> does its billing, and{' '}
          <a href={`${known.prorata}/_prorata/outbox`}>sends its mail</a>.</p>}
      </footer>
    </>
  );
}

const root = document.getElementById('root');
root.className = 'root';
createRoot(root).render(<StrictMode><App /></StrictMode>);
