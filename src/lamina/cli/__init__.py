"""The command line: doit tasks and commands over the other packages. Nothing here decides what a test depends on or how
it is run; nothing below knows of doit."""
