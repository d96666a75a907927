"""The shape of what people write down."""
