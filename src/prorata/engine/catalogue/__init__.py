"""The catalogue: products, prices, coupons and what redeeming them does."""
