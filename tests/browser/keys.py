"""Walking with the keyboard alone."""

from playwright.sync_api import Error, Page


def tab_to(page: Page, selector: str, most: int = 250) -> None:
    """Tab until something has the focus; where that never happens the page is none for a keyboard."""
    page.wait_for_selector(selector, state="attached")
    for _ in range(most):
        try:
            if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
        except Error:  # the page just went on to the next
            page.wait_for_selector(selector, state="attached")
            continue
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached with Tab on {page.url}")


def enter(page: Page, selector: str) -> None:
    """Tab to something and press Enter on it."""
    tab_to(page, selector)
    page.keyboard.press("Enter")


def write(page: Page, selector: str, text: str) -> None:
    """Tab to a field and write into it, over what stands there."""
    tab_to(page, selector)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def pick(page: Page, selector: str, value: str) -> None:
    """Tab to a list and go down it to a value."""
    tab_to(page, selector)
    for _ in range(page.evaluate("document.activeElement.options.length")):
        if page.evaluate("document.activeElement.value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{selector} has no {value}")


def with_keys_only(page: Page) -> None:
    """From here on a press of a pointer is remembered (a key that presses a button makes none)."""
    page.add_init_script("addEventListener('pointerdown', () => sessionStorage.setItem('pointer', 'used'), true);")


def pointer_used(page: Page) -> bool:
    """Whether a pointer was pressed since."""
    asked = "sessionStorage.getItem('pointer')"
    try:
        return page.evaluate(asked) is not None
    except Error:  # a page that proves its device comes back by itself, perhaps just now
        page.wait_for_load_state()
        return page.evaluate(asked) is not None
