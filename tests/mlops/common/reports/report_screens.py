"""What a report is looked at on: windows of any width, light or dark, and paper."""


def set_width(browser, width: int) -> None:
    """Make the window so many pixels wide."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def set_media(browser, scheme: str, media: str = "screen") -> None:
    """Show pages in light or dark, on screen or as they are printed."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
