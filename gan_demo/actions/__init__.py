"""What a person does with a model, without a page: one file per tab, and of its name."""
