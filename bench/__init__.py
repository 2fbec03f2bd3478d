"""What paramtui costs, measured beside its peers: `make bench` writes RESULTS.md."""
