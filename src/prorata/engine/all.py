"""Every verb: importing this module registers all operations and due handlers."""
import prorata.engine.test_clocks
import prorata.engine.events
import prorata.engine.balance
import prorata.engine.coupon_validity
import prorata.engine.create_price
import prorata.engine.create_product
import prorata.engine.create_customer
import prorata.engine.update_customer
import prorata.engine.verify_tax_id
import prorata.engine.customer_lists
import prorata.engine.discount
import prorata.engine.upload
import prorata.engine.sources
import prorata.engine.fund_cash_balance
