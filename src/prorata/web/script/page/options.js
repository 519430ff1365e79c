// Options: what elements and their groups may be told, and what of it means nothing here. Nothing
// is passed over in silence: the console names it, and what a payer would miss is refused.

const APPEARANCE = 'the Appearance';
const NO_WALLETS = 'no wallet is shown there';
// For each type what it heeds, and beside it, by name, why something means nothing here.
const COMMON = ['classes', 'style', 'disabled'];
const ELEMENT_OPTIONS = {
  address: [['mode', 'allowedCountries', 'autocomplete', 'blockPoBox', 'contacts', 'defaultValues',
    'fields', 'validation', 'display']],
  card: [[...COMMON, 'value', 'hidePostalCode', 'iconStyle', 'hideIcon', 'disableLink',
    'preferredNetwork']],
  cardCvc: [[...COMMON, 'placeholder']],
  cardExpiry: [[...COMMON, 'placeholder']],
  cardNumber: [[...COMMON, 'placeholder', 'showIcon', 'iconStyle', 'disableLink', 'preferredNetwork']],
  contactDetails: [['defaultValues']],
  currencySelector: [[]],
  expressCheckout: [['allowedShippingCountries', 'billingAddressRequired', 'business', 'buttonHeight',
    'buttonTheme', 'buttonType', 'emailRequired', 'layout', 'lineItems', 'paymentMethodOrder', 'paymentMethods',
    'phoneNumberRequired', 'shippingAddressRequired', 'shippingRates', 'wallets'],
  { applePay: 'the one button is the sandbox’s wallet' }],
  iban: [[...COMMON, 'supportedCountries', 'placeholderCountry', 'iconStyle', 'hideIcon']],
  linkAuthentication: [['defaultValues']],
  linkSignup: [[]],
  payment: [['defaultValues', 'business', 'paymentMethodOrder', 'fields', 'readOnly', 'terms',
    'wallets', 'layout'], { walletOptions: NO_WALLETS, applePay: NO_WALLETS }],
  paymentForm: [['layout', 'contacts', 'expressCheckout', 'features']],
  shippingAddress: [['mode', 'allowedCountries', 'autocomplete', 'blockPoBox', 'contacts',
    'defaultValues', 'fields', 'validation', 'display']],
  taxId: [['visibility', 'fields', 'validation', 'defaultValues'],
    { verification: 'the API verifies tax IDs by itself' }],
  terms: [[]],
};
const LAYOUT = [['type', 'defaultCollapsed', 'radios', 'spacedAccordionItems',
  'visibleAccordionItemsCount', 'paymentMethodLogoPosition']];
const GROUP_KNOWN = [[...GROUP_OPTIONS, 'fonts', 'locale', 'appearance', 'loader', 'betas',
  'paymentMethodTypes', 'syncAddressCheckbox']];
// What would be missing from the page is refused: silence would cost a sale.
const GROUP_REFUSED = {
  customPaymentMethods: (value) => value?.length && 'Custom payment methods',
  externalPaymentMethodTypes: (value) => value?.length && 'External payment methods',
  adaptivePricing: (value) => value?.allowed && 'Adaptive pricing',
  customerOptions: (value) => value
    && 'customerOptions (give the secret of a customer session as customerSessionClientSecret)',
};
// Names of colours before they began with what they are.
const OLDER = [
  [/^icon(\w*)Color$/, 'colorIcon$1'], [/^tabIcon(\w*)Color$/, 'colorIconTab$1'],
  [/^tabLogo(\w*)Color$/, 'colorLogoTab$1'], [/^blockLogoColor$/, 'colorLogoBlock'],
  [/^logoColor$/, 'colorLogo'], [/^spacing(Grid(?:Row|Column)|Tab|AccordionItem)$/, '$1Spacing'],
  [/^color(Primary|Background|Success|Danger|Warning)Text$/, 'accessibleColorOnColor$1'],
];
const lowerFirst = (name) => name[0].toLowerCase() + name.slice(1);
const newerName = (name) => {
  for (const [form, newer] of OLDER) {
    if (form.test(name)) return lowerFirst(name.replace(form, newer));
  }
  return name;
};
const VARIABLES = new Set(`accessibleColorOnColorPrimary accordionItemLabelColorText
  accordionItemLabelFontSize accordionItemLabelFontWeight accordionItemLabelSelectedColorText
  accordionItemLabelSelectedFontWeight accordionItemSpacing accordionItemTriggerColor
  accordionItemTriggerHoverColor accordionItemTriggerSelectedColor borderRadius buttonBorderRadius
  buttonBoxShadow buttonColorBackground buttonColorText buttonExpressCheckoutBorderRadius
  buttonFontSize buttonFontWeight buttonPadding colorBackground colorDanger colorIcon
  colorIconCardCvc colorIconCardCvcError colorIconCardError colorIconChevronDown
  colorIconChevronDownHover colorIconTab colorIconTabHover colorIconTabSelected colorPrimary
  colorText colorTextPlaceholder colorTextSecondary focusBoxShadow focusOutline fontFamily
  fontLineHeight fontSizeBase fontSizeLg fontSizeSm fontSizeXs fontSmooth fontVariantLigatures
  fontVariationSettings fontWeightBold fontWeightMedium fontWeightNormal gridColumnSpacing
  gridRowSpacing inputBoxShadow inputColorBorder inputFocusBoxShadow inputFocusColorBorder
  labelColorText labelFontSize labelFontWeight labelSpacing spacingUnit tabSpacing`.split(/\s+/));
const UNSEEN = new Set(`accessibleColorOnColorBackground accessibleColorOnColorDanger
  accessibleColorOnColorSuccess accessibleColorOnColorWarning colorIconCheckmark colorIconClose
  colorIconCloseHover colorIconHover colorIconLoadingIndicator colorIconMenu colorIconMenuHover
  colorIconPasscodeDevice colorIconPasscodeDeviceHover colorIconPasscodeDeviceNotification
  colorIconRedirect colorIconTabMore colorIconTabMoreHover colorLogo colorLogoBlock colorLogoTab
  colorLogoTabSelected colorSuccess colorWarning fontSize2Xs fontSize3Xs fontSizeXl
  fontWeightLight`.split(/\s+/));

const warned = new Set();
const warnOnce = (text) => {
  if (warned.has(text)) return;
  warned.add(text);
  console.warn(text);
};

const nameOptions = (where, options, [known, reasons = {}]) => {
  for (const name of Object.keys(options || {})) {
    if (options[name] === undefined || known.includes(name)) continue;
    if (reasons[name]) warnOnce(`${where}: ${name} means nothing here: ${reasons[name]}.`);
    else warnOnce(`${where}: ${name} is no option, and was left out.`);
  }
};

const nameElementOptions = (type, options) => {
  const where = `The options of the ${type} Element`;
  if (ELEMENT_OPTIONS[type]) nameOptions(where, options, ELEMENT_OPTIONS[type]);
  if (type === 'payment' && isObject(options?.layout)) {
    nameOptions(`${where}, layout`, options.layout, LAYOUT);
    const most = options.layout.visibleAccordionItemsCount;
    refuseUnless(most === undefined || (Number.isInteger(most) && most >= 0), 'Invalid value for'
      + ` layout: visibleAccordionItemsCount should be a whole number. You specified: ${most}.`);
  }
  if (type === 'paymentForm') {
    nameOptions(`${where}, expressCheckout`, options?.expressCheckout,
      [['buttonHeight', 'buttonTheme', 'paymentMethods']]);
    nameOptions(`${where}, features`, options?.features, [['promotionCodeCollection']]);
    refuseUnless([undefined, 'expanded', 'compact'].includes(options?.layout), 'Invalid value for'
      + ` layout: it should be expanded or compact. You specified: ${options?.layout}.`);
  }
  if (options?.autocomplete?.mode === 'google_maps_api') {
    warnOnce(`${where}: autocomplete: no address is looked up for a payer here.`);
  }
};

const nameAppearance = (appearance) => {
  nameOptions(APPEARANCE, appearance, [['theme', 'variables', 'rules', 'labels', 'inputs',
    'disableAnimations']]);
  for (const name of Object.keys(appearance?.variables || {})) {
    const newer = newerName(name);
    if (UNSEEN.has(newer)) warnOnce(`${APPEARANCE}: nothing here is drawn with ${name}.`);
    else if (!VARIABLES.has(newer)) warnOnce(`${APPEARANCE}: ${name} is no variable.`);
  }
};

const nameGroupOptions = (options) => {
  for (const [name, missed] of Object.entries(GROUP_REFUSED)) {
    const what = missed(options[name]);
    refuseUnless(!what, `Invalid value for elements(): ${what} cannot be had from this server.`);
  }
  nameOptions('elements()', options, [[...GROUP_KNOWN[0], ...Object.keys(GROUP_REFUSED),
    ...Object.keys(SNAKE)], GROUP_KNOWN[1]]);
  nameAppearance(options.appearance);
};

// An appearance with the names of today, as the frames know them.
const newerAppearance = (appearance = {}) => ({
  ...appearance,
  variables: Object.fromEntries(Object.entries(appearance.variables || {})
    .map(([name, value]) => [newerName(name), value])),
});
