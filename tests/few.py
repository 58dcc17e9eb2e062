"""Some of many orders, where to try them all would take too long: the long counts draw orders at random."""


def few_orders(items):
    """Return items as they come, backwards, and begun with the second."""
    items = list(items)
    return [items, items[::-1], items[1:] + items[:1]]
