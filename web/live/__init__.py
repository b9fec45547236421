"""Live events: who watches, what they are sent, and the stream that it goes out by."""
