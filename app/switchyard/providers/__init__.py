"""The dialects of the providers; the only place that speaks HTTP."""
