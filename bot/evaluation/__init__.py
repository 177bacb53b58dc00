"""What Strata's replies are worth, measured on gold questions. Nothing else of `bot` needs it to reply."""
