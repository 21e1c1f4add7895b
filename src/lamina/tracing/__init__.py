"""What a test uses: code cut into blocks, probes that tell which of them ran, and a watch over files and variables."""
