"""The app: the only importer of Textual."""
