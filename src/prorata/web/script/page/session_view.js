// Session view: a Checkout session as pages of the checkout SDK see it, amounts written out.

const DECIMALS = { ISK: 2, UGX: 2 };

const moneyOf = (currency, locale) => {
  const code = (currency || 'usd').toUpperCase();
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: code });
  const digits = DECIMALS[code] ?? format.resolvedOptions().maximumFractionDigits;
  const money = (minor) => ({
    minorUnitsAmount: minor || 0, amount: format.format((minor || 0) / 10 ** digits),
  });
  // A part of a minor unit, as a text; its decimals are all shown.
  money.fine = (text) => (text === null || text === undefined ? null : {
    minorUnitsAmount: Number(text),
    amount: new Intl.NumberFormat(locale, {
      style: 'currency', currency: code, maximumFractionDigits: 12,
    }).format(Number(text) / 10 ** digits),
  });
  money.divisor = 10 ** digits;
  return money;
};

const contactOf = (name, address) => (address && address.country
  ? { name: name || null, address: { ...address } } : null);

const recurringOf = (recurring) => recurring && {
  interval: recurring.interval, intervalCount: recurring.interval_count,
  usageType: recurring.usage_type,
};

const adjustableOf = (said) => (said && said.enabled
  ? { maximum: said.maximum, minimum: said.minimum } : null);

const sumsOf = (money, sums) => ({
  subtotal: money(sums.subtotal), discount: money(sums.discount), total: money(sums.total),
  taxInclusive: money(sums.tax_inclusive), taxExclusive: money(sums.tax_exclusive),
});

// What each tier bills of a quantity, by the documented ways of counting.
const tiersOf = (money, price, quantity) => {
  if (price.billing_scheme !== 'tiered' || !price.tiers) return null;
  let below = 0;
  const isVolume = price.tiers_mode === 'volume';
  const tiers = price.tiers.map((tier) => {
    const top = tier.up_to ?? Infinity;
    let counted = Math.max(0, Math.min(quantity, top) - below);
    if (isVolume) counted = quantity > below && quantity <= top ? quantity : 0;
    below = top;
    const unit = Number(tier.unit_amount_decimal ?? tier.unit_amount ?? 0);
    const total = counted ? Math.round(counted * unit) + Number(tier.flat_amount || 0) : null;
    return {
      upTo: tier.up_to ?? null,
      unitAmount: tier.unit_amount === null ? null : money(tier.unit_amount),
      unitAmountDecimal: money.fine(tier.unit_amount_decimal),
      flatAmount: tier.flat_amount === null ? null : money(tier.flat_amount),
      flatAmountDecimal: money.fine(tier.flat_amount_decimal),
      quantity: counted,
      total: total === null ? null : money(total),
    };
  });
  return { tiersMode: price.tiers_mode, tiers, recurringTiers: price.recurring ? tiers : null };
};

const transformOf = (price, quantity) => {
  const said = price.transform_quantity;
  if (!said) return null;
  const count = quantity / said.divide_by;
  return {
    divideBy: said.divide_by, round: said.round,
    packageCount: said.round === 'up' ? Math.ceil(count) : Math.floor(count),
  };
};

const lineItemOf = (money, item, discounts, taxes) => {
  const { price } = item;
  const quantity = item.quantity ?? 1;
  return {
    id: item.id, name: price.name, description: price.description ?? null,
    images: price.images || [], priceId: price.price, quantity, unitLabel: price.unit_label ?? null,
    unitAmount: money(price.unit_amount), unitAmountDecimal: money.fine(price.unit_amount_decimal),
    ...sumsOf(money, item),
    discountAmounts: item.discount ? discounts : null, taxAmounts: taxes.length ? taxes : null,
    recurring: recurringOf(price.recurring) ?? null,
    adjustableQuantity: adjustableOf(item.adjustable_quantity), isRemovable: Boolean(item.removable),
    pricing: tiersOf(money, price, quantity), transformQuantity: transformOf(price, quantity),
  };
};

const optionalOf = (money, { price, quantity, adjustable_quantity: adjustable, added }) => ({
  priceId: price.price, name: price.name, description: price.description ?? null,
  images: price.images || [], unitLabel: price.unit_label ?? null, quantity,
  unitAmount: money(price.unit_amount), unitAmountDecimal: money.fine(price.unit_amount_decimal),
  adjustableQuantity: adjustableOf(adjustable), isSelected: Boolean(added),
  recurring: price.recurring ? {
    interval: price.recurring.interval, intervalCount: price.recurring.interval_count,
  } : null,
});

const discountOf = (money, each) => ({
  ...money(each.amount), displayName: each.name || each.code || each.coupon,
  promotionCode: each.code ?? null, percentOff: each.percent_off ?? null,
  recurring: { once: null, forever: { type: 'forever' } }[each.duration] ?? (
    each.duration === 'repeating'
      ? { type: 'repeating', durationInMonths: each.duration_in_months } : null),
});

const taxOf = (money, each) => ({
  ...money(each.amount), inclusive: each.inclusive, displayName: each.display_name,
  percentage: each.percentage,
});

const termsOf = (money, terms) => terms && {
  interval: terms.interval, intervalCount: terms.interval_count, isProrated: terms.prorated,
  dueNext: {
    ...sumsOf(money, terms.next || {}), billingCycleAnchor: terms.next_at ?? null,
  },
  trial: terms.trial ? { trialEnd: terms.trial.end, trialPeriodDays: terms.trial.days ?? Math.round(
    (terms.trial.end - Date.now() / 1000) / 86400) } : null,
};

const estimateOf = (said) => said && {
  maximum: said.maximum ? { unit: said.maximum.unit, value: said.maximum.value } : null,
  minimum: said.minimum ? { unit: said.minimum.unit, value: said.minimum.value } : null,
};

const shippingOptionOf = (money, currency, each) => ({
  ...money(each.amount), id: each.id, currency, displayName: each.display_name ?? null,
  deliveryEstimate: estimateOf(each.delivery_estimate) ?? null,
});

const savedOf = (each) => ({
  id: each.id, type: each.type,
  card: { brand: each.brand, expMonth: each.exp_month, expYear: each.exp_year, last4: each.last4 },
  billingDetails: { name: each.name ?? null },
});

const statusOf = ({ status, payment_status: paid }) =>
  (status === 'complete' ? { type: status, paymentStatus: paid } : { type: status });

const taxStatusOf = ({ missing }) => ({
  status: missing.includes('shipping') ? 'requires_shipping_address'
    : missing.includes('billing_address') ? 'requires_billing_address' : 'ready',
});

const sessionView = (page, locale, canConfirm) => {
  const money = moneyOf(page.currency, locale);
  const { collected, collects, total } = page;
  const discounts = page.discounts.map((each) => discountOf(money, each));
  const taxes = page.taxes.map((each) => taxOf(money, each));
  const options = page.shipping_options.map((each) =>
    shippingOptionOf(money, page.currency, each));
  const chosen = options.find((each) => each.id === page.shipping_rate);
  const taxId = collected.tax_ids[0];
  const cards = page.payment_methods.saved.filter((each) => each.type === 'card');
  return {
    id: page.id, status: statusOf(page), livemode: page.livemode, canConfirm,
    currency: page.currency, currencyOptions: null, minorUnitsAmountDivisor: money.divisor,
    email: collected.email ?? null, phoneNumber: collected.phone ?? null,
    billingAddress: contactOf(collected.name, collected.billing_address),
    shippingAddress: collected.shipping
      ? contactOf(collected.shipping.name, collected.shipping.address) : null,
    businessName: collected.business_name ?? null,
    nameCollection: collects.names ? {
      individualName: collected.individual_name ?? null,
      businessName: collected.business_name ?? null,
    } : null,
    taxIdInfo: taxId ? {
      taxId: { type: taxId.type, value: taxId.value }, businessName: collected.business_name || '',
    } : null,
    lineItems: page.line_items.map((each) => lineItemOf(money, each, discounts, taxes)),
    optionalItems: page.optional_items.map((each) => optionalOf(money, each)),
    recurring: termsOf(money, page.recurring) ?? null,
    discountAmounts: discounts.length ? discounts : null,
    taxAmounts: taxes.length ? taxes : null, tax: taxStatusOf(page), surcharge: null,
    total: {
      ...sumsOf(money, total), shippingRate: money(total.shipping), surcharge: money(0),
      appliedBalance: money(total.applied_balance),
      balanceAppliedToNextInvoice: total.balance_applied_to_next_invoice,
      total: money(page.status === 'open' ? total.due : total.total),
    },
    shipping: chosen ? { shippingOption: chosen, taxAmounts: null } : null,
    shippingOptions: options,
    savedPaymentMethods: cards.length ? cards.map(savedOf) : null,
    lastPaymentError: page.last_error ? { message: page.last_error.message } : null,
  };
};
