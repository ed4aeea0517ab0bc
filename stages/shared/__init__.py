"""What every stage stands on: errors, records, files, params, ledger, and the seams to the hub and to models."""
