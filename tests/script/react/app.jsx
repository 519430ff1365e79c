// An application of React components: which of its forms is shown, the page says.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { loadStripe } from '@stripe/stripe-js';
import { CHECKOUTS } from 'checkouts';
import { FORMS } from './elements.jsx';

const { kind, ...facts } = window.shop;
const stripePromise = loadStripe(facts.publishable);
const Shown = { ...FORMS, ...CHECKOUTS }[kind];
createRoot(document.getElementById('root')).render(
  <StrictMode><Shown stripe={stripePromise} {...facts} /></StrictMode>,
);
