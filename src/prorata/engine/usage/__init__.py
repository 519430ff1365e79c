"""What customers use: taken in, taken back, summed up."""
