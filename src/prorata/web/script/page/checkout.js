const initCheckout = () => { throw new IntegrationError('later'); };
const initOldCheckout = initCheckout;
