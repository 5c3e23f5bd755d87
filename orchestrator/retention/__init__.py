"""What is kept for how long: old rows and files that nothing names are collected."""
