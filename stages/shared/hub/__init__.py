"""The seam to hubs of annotated datasets: Hugging Face's, a folder in its layout, and one's own files."""
