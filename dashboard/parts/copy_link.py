"""A button that copies the page's address, which reproduces its view."""

from __future__ import annotations

import streamlit as st

_HTML = "<button title='Copy the address of this view'><span>Copy link</span></button>"
_CSS = """button {
    font: inherit; color: inherit; background: transparent; cursor: pointer; white-space: nowrap;
    border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
    padding: 0.3rem 0.7rem;
}
button:hover, button:focus-visible {
    border-color: var(--st-primary-color); color: var(--st-primary-color);
}"""
# Browsers deny clipboard access to pages served over the network without TLS.
_JS = """export default function ({ parentElement }) {
    const button = parentElement.querySelector("button");
    const label = button.querySelector("span");
    button.onclick = async () => {
        try {
            await navigator.clipboard.writeText(location.href);
            label.textContent = "Copied";
        } catch {
            window.prompt("Copy this link:", location.href);
        }
        setTimeout(() => { label.textContent = "Copy link"; }, 2000);
    };
}"""
_mount = st.components.v2.component("copy_link", html=_HTML, css=_CSS, js=_JS)


def copy_link(key: str) -> None:
    """Draw the button."""
    _mount(key=key, height="content", width="content")
