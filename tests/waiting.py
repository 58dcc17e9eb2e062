"""Waiting for what a page is about to do."""

import time


def until(page, expression, seconds=20.0):
    """Ask a page until something holds; Playwright's own way evaluates in the page, which its CSP may forbid."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never came: {expression}"
        page.wait_for_timeout(50)
