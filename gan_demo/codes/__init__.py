"""What can be found out about the codes of a model: directions, attributes, codes by search."""
