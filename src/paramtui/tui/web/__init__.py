"""The app in a browser: `serve` starts it anew for each page that is opened."""
