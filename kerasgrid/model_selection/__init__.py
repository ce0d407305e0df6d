"""scikit-learn's search classes over kerasgrid's worker processes, and reports of any scikit-learn search."""
