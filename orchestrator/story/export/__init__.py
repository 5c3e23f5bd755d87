"""A finished story in the forms that other programs open: values in, text or bytes out."""
