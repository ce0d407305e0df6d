"""Reports as tables and data: columns, results.csv, best_params.json."""
