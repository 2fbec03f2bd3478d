"""The Hugging Face Hub: requests, limits, errors."""
