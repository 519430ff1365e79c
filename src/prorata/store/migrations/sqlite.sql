CREATE TABLE alembic_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE doc_account (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_balance_transaction (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  source TEXT,
  type TEXT,
  currency TEXT,
  status TEXT,
  net BIGINT,
  payout TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_balance_transaction_source ON doc_balance_transaction (book, source, id);
CREATE INDEX i_doc_balance_transaction_due ON doc_balance_transaction (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_billing_alert (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  alert_type TEXT,
  status TEXT,
  meter TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_billing_alert_meter ON doc_billing_alert (book, meter, id);
CREATE TABLE doc_billing_credit_balance_transaction (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  credit_grant TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_billing_credit_balance_transaction_customer ON doc_billing_credit_balance_transaction (book, customer, id);
CREATE INDEX i_doc_billing_credit_balance_transaction_credit_grant ON doc_billing_credit_balance_transaction (book, credit_grant, id);
CREATE TABLE doc_billing_credit_grant (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  usable_for TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_billing_credit_grant_customer ON doc_billing_credit_grant (book, customer, id);
CREATE INDEX i_doc_billing_credit_grant_usable_for ON doc_billing_credit_grant (book, usable_for, id);
CREATE INDEX i_doc_billing_credit_grant_due ON doc_billing_credit_grant (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_billing_feedback_option (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  status TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_billing_meter (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  status TEXT,
  event_name TEXT,
  counting TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_billing_meter_event_name ON doc_billing_meter (book, event_name, id);
CREATE UNIQUE INDEX u_doc_billing_meter_counting ON doc_billing_meter (book, counting);
CREATE TABLE doc_billing_portal_configuration (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  active SMALLINT,
  is_default SMALLINT,
  login_key TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_billing_portal_configuration_is_default ON doc_billing_portal_configuration (book, is_default, id);
CREATE INDEX i_doc_billing_portal_configuration_login_key ON doc_billing_portal_configuration (book, login_key, id);
CREATE TABLE doc_billing_portal_session (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  secret TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_billing_portal_session_customer ON doc_billing_portal_session (book, customer, id);
CREATE INDEX i_doc_billing_portal_session_secret ON doc_billing_portal_session (book, secret, id);
CREATE TABLE doc_charge (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  payment_intent TEXT,
  status TEXT,
  currency TEXT,
  amount BIGINT,
  transfer_group TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_charge_customer ON doc_charge (book, customer, id);
CREATE INDEX i_doc_charge_payment_intent ON doc_charge (book, payment_intent, id);
CREATE TABLE doc_checkout_session (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  status TEXT,
  payment_intent TEXT,
  subscription TEXT,
  payment_link TEXT,
  email TEXT,
  recovery TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_checkout_session_customer ON doc_checkout_session (book, customer, id);
CREATE INDEX i_doc_checkout_session_payment_intent ON doc_checkout_session (book, payment_intent, id);
CREATE INDEX i_doc_checkout_session_subscription ON doc_checkout_session (book, subscription, id);
CREATE INDEX i_doc_checkout_session_payment_link ON doc_checkout_session (book, payment_link, id);
CREATE INDEX i_doc_checkout_session_email ON doc_checkout_session (book, email, id);
CREATE UNIQUE INDEX u_doc_checkout_session_recovery ON doc_checkout_session (book, recovery);
CREATE INDEX i_doc_checkout_session_created ON doc_checkout_session (book, created, id);
CREATE INDEX i_doc_checkout_session_due ON doc_checkout_session (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_confirmation_token (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_coupon (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  hidden SMALLINT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_coupon_created ON doc_coupon (book, created, id);
CREATE INDEX i_doc_coupon_due ON doc_coupon (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_credit_note (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  invoice TEXT,
  status TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_credit_note_customer ON doc_credit_note (book, customer, id);
CREATE INDEX i_doc_credit_note_invoice ON doc_credit_note (book, invoice, id);
CREATE TABLE doc_customer (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  email TEXT,
  name TEXT,
  phone TEXT,
  invoice_prefix TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_customer_email ON doc_customer (book, email, id);
CREATE UNIQUE INDEX u_doc_customer_invoice_prefix ON doc_customer (book, invoice_prefix);
CREATE TABLE doc_customer_balance_transaction (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  invoice TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_customer_balance_transaction_customer ON doc_customer_balance_transaction (book, customer, id);
CREATE INDEX i_doc_customer_balance_transaction_invoice ON doc_customer_balance_transaction (book, invoice, id);
CREATE TABLE doc_customer_cash_balance_transaction (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_customer_cash_balance_transaction_customer ON doc_customer_cash_balance_transaction (book, customer, id);
CREATE TABLE doc_discount (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  subscription TEXT,
  coupon TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_discount_customer ON doc_discount (book, customer, id);
CREATE INDEX i_doc_discount_subscription ON doc_discount (book, subscription, id);
CREATE INDEX i_doc_discount_due ON doc_discount (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_dispute (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  charge TEXT,
  payment_intent TEXT,
  status TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_dispute_charge ON doc_dispute (book, charge, id);
CREATE INDEX i_doc_dispute_payment_intent ON doc_dispute (book, payment_intent, id);
CREATE INDEX i_doc_dispute_due ON doc_dispute (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_entitlements_active_entitlement (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  claim TEXT,
  word TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_entitlements_active_entitlement_customer ON doc_entitlements_active_entitlement (book, customer, id);
CREATE UNIQUE INDEX u_doc_entitlements_active_entitlement_claim ON doc_entitlements_active_entitlement (book, claim);
CREATE INDEX i_doc_entitlements_active_entitlement_word ON doc_entitlements_active_entitlement (book, word, id);
CREATE TABLE doc_entitlements_feature (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  active SMALLINT,
  lookup_key TEXT,
  key_in_use TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_entitlements_feature_lookup_key ON doc_entitlements_feature (book, lookup_key, id);
CREATE UNIQUE INDEX u_doc_entitlements_feature_key_in_use ON doc_entitlements_feature (book, key_in_use);
CREATE TABLE doc_file (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  purpose TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_file_link (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  expired SMALLINT,
  file TEXT,
  secret TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_file_link_file ON doc_file_link (book, file, id);
CREATE INDEX i_doc_file_link_secret ON doc_file_link (book, secret, id);
CREATE INDEX i_doc_file_link_due ON doc_file_link (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_invoice (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  subscription TEXT,
  status TEXT,
  collection_method TEXT,
  due_date BIGINT,
  period_key TEXT,
  number TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_invoice_customer ON doc_invoice (book, customer, id);
CREATE INDEX i_doc_invoice_subscription ON doc_invoice (book, subscription, id);
CREATE INDEX i_doc_invoice_status ON doc_invoice (book, status, id) WHERE status <> 'paid';
CREATE UNIQUE INDEX u_doc_invoice_period_key ON doc_invoice (book, period_key);
CREATE INDEX i_doc_invoice_number ON doc_invoice (book, number, id);
CREATE INDEX i_doc_invoice_due ON doc_invoice (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_invoice_payment (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  invoice TEXT,
  payment_intent TEXT,
  payment_record TEXT,
  is_default SMALLINT,
  status TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_invoice_payment_invoice ON doc_invoice_payment (book, invoice, id);
CREATE INDEX i_doc_invoice_payment_payment_intent ON doc_invoice_payment (book, payment_intent, id);
CREATE TABLE doc_invoice_rendering_template (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  status TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_invoiceitem (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  invoice TEXT,
  pending SMALLINT,
  pending_for TEXT,
  subscription TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_invoiceitem_customer ON doc_invoiceitem (book, customer, id);
CREATE INDEX i_doc_invoiceitem_invoice ON doc_invoiceitem (book, invoice, id);
CREATE INDEX i_doc_invoiceitem_pending_for ON doc_invoiceitem (book, pending_for, id);
CREATE INDEX i_doc_invoiceitem_subscription ON doc_invoiceitem (book, subscription, id);
CREATE TABLE doc_kept_customer_session (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_kept_customer_session_due ON doc_kept_customer_session (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_mandate (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  payment_method TEXT,
  status TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_mandate_payment_method ON doc_mandate (book, payment_method, id);
CREATE TABLE doc_payment_attempt (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  payment_intent TEXT,
  state TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_payment_attempt_payment_intent ON doc_payment_attempt (book, payment_intent, id);
CREATE INDEX i_doc_payment_attempt_due ON doc_payment_attempt (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_payment_intent (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  status TEXT,
  currency TEXT,
  amount BIGINT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_payment_intent_customer ON doc_payment_intent (book, customer, id);
CREATE INDEX i_doc_payment_intent_due ON doc_payment_intent (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_payment_link (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  active SMALLINT,
  token TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE UNIQUE INDEX u_doc_payment_link_token ON doc_payment_link (book, token);
CREATE TABLE doc_payment_method (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  type TEXT,
  allow_redisplay TEXT,
  fingerprint TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_payment_method_customer ON doc_payment_method (book, customer, id);
CREATE TABLE doc_payment_record (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_price (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  active SMALLINT,
  currency TEXT,
  lookup_key TEXT,
  product TEXT,
  type TEXT,
  recurring_interval TEXT,
  recurring_usage_type TEXT,
  recurring_meter TEXT,
  hidden SMALLINT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE UNIQUE INDEX u_doc_price_lookup_key ON doc_price (book, lookup_key);
CREATE INDEX i_doc_price_product ON doc_price (book, product, id);
CREATE INDEX i_doc_price_created ON doc_price (book, created, id);
CREATE TABLE doc_product (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  active SMALLINT,
  shippable SMALLINT,
  type TEXT,
  url TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_product_created ON doc_product (book, created, id);
CREATE TABLE doc_product_feature (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  product TEXT,
  feature TEXT,
  place TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_product_feature_product ON doc_product_feature (book, product, id);
CREATE INDEX i_doc_product_feature_feature ON doc_product_feature (book, feature, id);
CREATE UNIQUE INDEX u_doc_product_feature_place ON doc_product_feature (book, place);
CREATE TABLE doc_promotion_code (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  active SMALLINT,
  code TEXT,
  coupon TEXT,
  customer TEXT,
  claim TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_promotion_code_code ON doc_promotion_code (book, code, id);
CREATE INDEX i_doc_promotion_code_coupon ON doc_promotion_code (book, coupon, id);
CREATE UNIQUE INDEX u_doc_promotion_code_claim ON doc_promotion_code (book, claim);
CREATE INDEX i_doc_promotion_code_due ON doc_promotion_code (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_radar_early_fraud_warning (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  charge TEXT,
  payment_intent TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_radar_early_fraud_warning_charge ON doc_radar_early_fraud_warning (book, charge, id);
CREATE INDEX i_doc_radar_early_fraud_warning_payment_intent ON doc_radar_early_fraud_warning (book, payment_intent, id);
CREATE TABLE doc_prorata_mail (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  about TEXT,
  customer TEXT,
  kind TEXT,
  state TEXT,
  once TEXT,
  waits BIGINT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_prorata_mail_about ON doc_prorata_mail (book, about, id);
CREATE INDEX i_doc_prorata_mail_customer ON doc_prorata_mail (book, customer, id);
CREATE UNIQUE INDEX u_doc_prorata_mail_once ON doc_prorata_mail (book, once);
CREATE INDEX i_doc_prorata_mail_waits ON doc_prorata_mail (book, waits, id);
CREATE INDEX i_doc_prorata_mail_due ON doc_prorata_mail (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_prorata_mail_refusal (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  address TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE UNIQUE INDEX u_doc_prorata_mail_refusal_address ON doc_prorata_mail_refusal (book, address);
CREATE TABLE doc_prorata_quota (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  product TEXT,
  feature TEXT,
  place TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_prorata_quota_product ON doc_prorata_quota (book, product, id);
CREATE INDEX i_doc_prorata_quota_feature ON doc_prorata_quota (book, feature, id);
CREATE UNIQUE INDEX u_doc_prorata_quota_place ON doc_prorata_quota (book, place);
CREATE TABLE doc_prorata_usage_billing (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  subscription TEXT,
  late_for TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_prorata_usage_billing_customer ON doc_prorata_usage_billing (book, customer, id);
CREATE INDEX i_doc_prorata_usage_billing_subscription ON doc_prorata_usage_billing (book, subscription, id);
CREATE INDEX i_doc_prorata_usage_billing_late_for ON doc_prorata_usage_billing (book, late_for, id);
CREATE TABLE doc_prorata_cross_sell (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  product TEXT,
  price TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE UNIQUE INDEX u_doc_prorata_cross_sell_product ON doc_prorata_cross_sell (book, product);
CREATE TABLE doc_prorata_pricing_table (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  active SMALLINT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_prorata_upsell (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  price TEXT,
  target TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE UNIQUE INDEX u_doc_prorata_upsell_price ON doc_prorata_upsell (book, price);
CREATE TABLE doc_prorata_usage_watch (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  place TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_prorata_usage_watch_customer ON doc_prorata_usage_watch (book, customer, id);
CREATE UNIQUE INDEX u_doc_prorata_usage_watch_place ON doc_prorata_usage_watch (book, place);
CREATE INDEX i_doc_prorata_usage_watch_due ON doc_prorata_usage_watch (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_quote (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  status TEXT,
  number TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_quote_customer ON doc_quote (book, customer, id);
CREATE UNIQUE INDEX u_doc_quote_number ON doc_quote (book, number);
CREATE INDEX i_doc_quote_due ON doc_quote (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_refund (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  charge TEXT,
  payment_intent TEXT,
  status TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_refund_charge ON doc_refund (book, charge, id);
CREATE INDEX i_doc_refund_payment_intent ON doc_refund (book, payment_intent, id);
CREATE INDEX i_doc_refund_due ON doc_refund (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_setup_attempt (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  setup_intent TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_setup_attempt_setup_intent ON doc_setup_attempt (book, setup_intent, id);
CREATE TABLE doc_setup_intent (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  payment_method TEXT,
  status TEXT,
  attach_to_self SMALLINT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_setup_intent_customer ON doc_setup_intent (book, customer, id);
CREATE INDEX i_doc_setup_intent_due ON doc_setup_intent (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_shipping_rate (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  active SMALLINT,
  currency TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_subscription (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  status TEXT,
  collection_method TEXT,
  period_start BIGINT,
  period_end BIGINT,
  taxed SMALLINT,
  test_clock TEXT,
  latest_invoice TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_subscription_customer ON doc_subscription (book, customer, id);
CREATE INDEX i_doc_subscription_status ON doc_subscription (book, status, id) WHERE status <> 'active';
CREATE INDEX i_doc_subscription_due ON doc_subscription (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_subscription_item_home (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  subscription TEXT,
  price TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_subscription_item_home_subscription ON doc_subscription_item_home (book, subscription, id);
CREATE INDEX i_doc_subscription_item_home_price ON doc_subscription_item_home (book, price, id);
CREATE TABLE doc_subscription_schedule (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  subscription TEXT,
  status TEXT,
  canceled_at BIGINT,
  completed_at BIGINT,
  released_at BIGINT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_subscription_schedule_customer ON doc_subscription_schedule (book, customer, id);
CREATE INDEX i_doc_subscription_schedule_subscription ON doc_subscription_schedule (book, subscription, id);
CREATE INDEX i_doc_subscription_schedule_due ON doc_subscription_schedule (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_tax_calculation (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_tax_id (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  customer TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_tax_id_customer ON doc_tax_id (book, customer, id);
CREATE INDEX i_doc_tax_id_due ON doc_tax_id (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_tax_location (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  type TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_tax_rate (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  active SMALLINT,
  inclusive SMALLINT,
  automatic TEXT,
  levy TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_tax_rate_automatic ON doc_tax_rate (book, automatic, id);
CREATE UNIQUE INDEX u_doc_tax_rate_levy ON doc_tax_rate (book, levy);
CREATE TABLE doc_tax_registration (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  status TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_tax_registration_status ON doc_tax_registration (book, status, id);
CREATE INDEX i_doc_tax_registration_due ON doc_tax_registration (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_tax_transaction (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  reference TEXT,
  original TEXT,
  calculation TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE UNIQUE INDEX u_doc_tax_transaction_reference ON doc_tax_transaction (book, reference);
CREATE INDEX i_doc_tax_transaction_original ON doc_tax_transaction (book, original, id);
CREATE UNIQUE INDEX u_doc_tax_transaction_calculation ON doc_tax_transaction (book, calculation);
CREATE TABLE doc_test_helpers_test_clock (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_test_helpers_test_clock_due ON doc_test_helpers_test_clock (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE TABLE doc_token (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_v2_core_event_destination (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  status TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE doc_webhook_endpoint (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  status TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE TABLE api_key (
  id VARCHAR NOT NULL,
  digest VARCHAR NOT NULL,
  book INTEGER NOT NULL,
  kind VARCHAR NOT NULL,
  hint VARCHAR NOT NULL,
  name VARCHAR,
  permissions TEXT,
  created BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  PRIMARY KEY (id),
  UNIQUE (digest)
);
CREATE TABLE book (
  "key" INTEGER NOT NULL,
  account VARCHAR NOT NULL,
  livemode SMALLINT NOT NULL,
  PRIMARY KEY ("key")
);
CREATE UNIQUE INDEX u_book_account ON book (account, livemode);
CREATE TABLE idempotency (
  book INTEGER NOT NULL,
  "key" VARCHAR NOT NULL,
  fingerprint VARCHAR NOT NULL,
  request VARCHAR NOT NULL,
  created BIGINT NOT NULL,
  status INTEGER,
  body TEXT,
  result VARCHAR,
  PRIMARY KEY (book, "key")
);
CREATE TABLE event (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  type VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  object_id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  previous TEXT,
  payload TEXT,
  created BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  clock VARCHAR,
  request VARCHAR,
  idempotency_key VARCHAR,
  PRIMARY KEY (book, id)
);
CREATE TABLE history (
  book INTEGER NOT NULL,
  object_id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  changed_at BIGINT NOT NULL,
  patch TEXT NOT NULL,
  PRIMARY KEY (book, object_id, revision)
);
CREATE TABLE delivery (
  event VARCHAR NOT NULL,
  endpoint VARCHAR NOT NULL,
  book INTEGER NOT NULL,
  attempts INTEGER DEFAULT 0 NOT NULL,
  next_attempt_at BIGINT,
  leased_until BIGINT,
  delivered_at BIGINT,
  status INTEGER,
  error TEXT,
  object VARCHAR,
  turn BIGINT,
  PRIMARY KEY (event, endpoint)
);
CREATE INDEX i_delivery_turn ON delivery (endpoint, object, turn) WHERE next_attempt_at IS NOT NULL AND object IS NOT NULL;
CREATE INDEX i_delivery_next ON delivery (endpoint, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE TABLE held_events (
  book INTEGER NOT NULL,
  attempt VARCHAR NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (book, attempt)
);
CREATE TABLE ledger (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  line SMALLINT NOT NULL,
  account VARCHAR NOT NULL,
  amount BIGINT NOT NULL,
  currency VARCHAR NOT NULL,
  customer VARCHAR,
  kind VARCHAR NOT NULL,
  object_id VARCHAR NOT NULL,
  memo VARCHAR NOT NULL,
  posted_at BIGINT NOT NULL,
  PRIMARY KEY (book, id, line)
);
CREATE INDEX i_ledger_object ON ledger (book, object_id);
CREATE TABLE set_aside (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  due_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  noted_at BIGINT NOT NULL,
  PRIMARY KEY (book, id)
);
CREATE TABLE search_term (
  book INTEGER NOT NULL,
  term BIGINT NOT NULL,
  id VARCHAR NOT NULL,
  PRIMARY KEY (book, term, id)
)
 WITHOUT ROWID

;
CREATE TABLE usage_series (
  number INTEGER NOT NULL,
  book INTEGER NOT NULL,
  customer VARCHAR NOT NULL,
  meter VARCHAR NOT NULL,
  dimensions TEXT NOT NULL,
  PRIMARY KEY (number)
);
CREATE UNIQUE INDEX u_usage_series ON usage_series (book, customer, meter, dimensions);
CREATE TABLE usage_fresh (
  series BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  number BIGINT NOT NULL,
  whole BIGINT NOT NULL,
  fraction BIGINT NOT NULL,
  PRIMARY KEY (series, timestamp, number)
)
 WITHOUT ROWID

;
CREATE TABLE usage_event (
  series BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  number BIGINT NOT NULL,
  whole BIGINT NOT NULL,
  fraction BIGINT NOT NULL,
  PRIMARY KEY (series, timestamp, number)
)
 WITHOUT ROWID

;
CREATE TABLE usage_canceled (
  series BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  number BIGINT NOT NULL,
  whole BIGINT NOT NULL,
  fraction BIGINT NOT NULL,
  canceled_at BIGINT NOT NULL,
  PRIMARY KEY (series, timestamp, number)
)
 WITHOUT ROWID

;
CREATE TABLE usage_fresh_identifier (
  digest VARCHAR NOT NULL,
  series BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  number BIGINT NOT NULL,
  received BIGINT NOT NULL,
  PRIMARY KEY (digest)
)
 WITHOUT ROWID

;
CREATE TABLE usage_identifier (
  digest VARCHAR NOT NULL,
  series BIGINT NOT NULL,
  timestamp BIGINT NOT NULL,
  number BIGINT NOT NULL,
  received BIGINT NOT NULL,
  PRIMARY KEY (digest)
)
 WITHOUT ROWID

;
CREATE TABLE usage_hour (
  series BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  count BIGINT NOT NULL,
  whole BIGINT NOT NULL,
  fraction BIGINT NOT NULL,
  PRIMARY KEY (series, hour)
)
 WITHOUT ROWID

;
CREATE TABLE doc_reporting_report_run (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE INDEX i_doc_reporting_report_run_due ON doc_reporting_report_run (clock, due_at, bucket) WHERE due_at IS NOT NULL;
CREATE INDEX i_event_object ON event (book, object_id, id);
CREATE TABLE doc_prorata_accounting_period (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  status TEXT,
  period_key TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE UNIQUE INDEX u_doc_prorata_accounting_period_period_key ON doc_prorata_accounting_period (book, period_key);
CREATE TABLE closed_usage (
  book INTEGER NOT NULL,
  line VARCHAR NOT NULL,
  until BIGINT NOT NULL,
  period VARCHAR NOT NULL,
  earned BIGINT NOT NULL,
  PRIMARY KEY (book, line, until)
)
 WITHOUT ROWID

;
CREATE TABLE tally (
  book INTEGER NOT NULL,
  clock VARCHAR NOT NULL,
  name TEXT NOT NULL,
  part SMALLINT NOT NULL,
  slot TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  tried BIGINT NOT NULL,
  won BIGINT NOT NULL,
  PRIMARY KEY (book, clock, name, part, slot, epoch)
)
 WITHOUT ROWID

;
CREATE TABLE doc_prorata_refund_reference (
  book INTEGER NOT NULL,
  id VARCHAR NOT NULL,
  revision INTEGER NOT NULL,
  created BIGINT NOT NULL,
  bucket SMALLINT NOT NULL,
  clock VARCHAR,
  due_at BIGINT,
  deleted SMALLINT DEFAULT 0 NOT NULL,
  reference TEXT,
  document TEXT NOT NULL,
  private TEXT,
  PRIMARY KEY (book, id)
);
CREATE UNIQUE INDEX u_doc_prorata_refund_reference_reference ON doc_prorata_refund_reference (book, reference);
CREATE INDEX i_doc_charge_due ON doc_charge (clock, due_at, bucket) WHERE due_at IS NOT NULL;
INSERT INTO alembic_version (version_num) VALUES ('0008');
