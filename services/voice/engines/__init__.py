"""One file a backend; each is found through an entry point, as a stranger's would be."""
