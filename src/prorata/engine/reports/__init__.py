"""Reports: what the books and the documents say of revenue, growth, debts and money held."""
