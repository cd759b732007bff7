"""What explore keeps of what landed: policies, what they would take out, and the taking out itself."""
