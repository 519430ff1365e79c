"""The catalogue: products, prices, coupons, promotion codes, discounts, tax and shipping rates."""
