"""From an analysed question to a reply: evidence, sentences, objections, confidence, citations."""
