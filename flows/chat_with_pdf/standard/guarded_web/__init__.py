"""Fetching what a stranger names, or a page names: neither the URL, nor the server, nor what it sends is trusted."""
