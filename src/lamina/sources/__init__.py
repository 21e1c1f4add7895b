"""The project's files: which there are, what they contain (by hash), and which of them each category depends on."""
