"""Mail: the letters that customers are sent, written in their language and the seller's brand."""
