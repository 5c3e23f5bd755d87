"""`AssistantService`: one call that finds out what is asked and streams the answer."""
