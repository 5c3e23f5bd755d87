"""Which kind of model a request asks for, and with what settings."""
