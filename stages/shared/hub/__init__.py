"""The seam to hubs of annotated datasets: a local folder in hub layout, later the Hugging Face hub itself."""
