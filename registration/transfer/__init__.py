"""People as files: exported as CSV and XLSX, and imported from them."""
