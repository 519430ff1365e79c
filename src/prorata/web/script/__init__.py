"""The browser script: what shop pages load to take payments, and the frames of its fields."""
