"""The words of the flow that replies to reviews."""


def request_for(review, tone):
    """Return what the model is asked."""
    return f"Reply in a {tone} tone to: {review}"
