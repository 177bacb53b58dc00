"""Optional composed answers: a language model's text, shown only if every sentence is grounded."""
