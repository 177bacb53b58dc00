"""Measurement of replies on gold questions: grades, measures, reports, comparisons and ablations."""
