"""The service between hosts and the engine. `protocol` and `client` need nothing but the standard library, so that hosts can carry them."""
