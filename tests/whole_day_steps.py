"""What a crew does on its field page, for tests in a browser."""


def mark(page, code, outcome):
    page.locator(f"#stop-{code} .outcome.{outcome}").click()


def add_hazard(page, code, photo, words, *, place):
    page.locator("#hazard-button").click()
    page.locator("#hazard-type").select_option(code)
    if page.locator("dialog .place").count() == 0:
        page.get_by_role("button", name="已打电话，继续填写").click()
    if place is None:
        page.get_by_role("button", name="用我的位置").click()
        page.get_by_text("误差约 8 米").wait_for()
    else:
        page.locator("dialog .place select").select_option(str(place))
    page.locator("#hazard-photo").set_input_files(photo)
    page.locator("dialog .photos img[src]").wait_for()
    page.locator("#hazard-description").fill(words)
    page.get_by_role("button", name="保存").click()


def save(page, folder):
    """Press send; return the file as the phone saved it."""
    with page.expect_download() as download:
        page.locator("#send-button").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path
